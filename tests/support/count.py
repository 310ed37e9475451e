"""Counts what a run of tests/all has shown, and prints "N passed, N failed".

Usage: count.py RESULTS, the folder with ctest.junit and one XML file for each
GoogleTest program. Each GoogleTest case counts, and each other ctest test
counts as one. A program that failed without a failed case (a crash, a
time-out, a leak found at exit) counts as one failure more. Exits 1 on any
failure, and when nothing ran.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


def count_cases(path):
    """Returns (passed, failed, skipped) of one GoogleTest XML file."""
    passed = failed = skipped = 0
    for case in xml.parse(path).getroot().iter("testcase"):
        if case.get("status") == "notrun":
            continue
        if case.find("failure") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def count_test(results, test):
    """Returns (passed, failed, skipped) of one ctest test."""
    status = test.get("status")
    cases = results / (test.get("name") + ".xml")
    if status == "disabled" or test.find("skipped") is not None:
        return (0, 0, 1)
    ok = status == "run" and test.find("failure") is None
    try:
        counted = count_cases(cases)
    except (OSError, xml.ParseError):
        return (1, 0, 0) if ok else (0, 1, 0)
    if not ok and counted[1] == 0:
        return (counted[0], 1, counted[2])
    return counted


def main(folder):
    results = pathlib.Path(folder)
    total = [0, 0, 0]
    failures = []
    try:
        tests = list(xml.parse(results / "ctest.junit").getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        print(f"error: ctest left no readable results: {error}")
        tests = []
    for test in tests:
        counted = count_test(results, test)
        total = [a + b for a, b in zip(total, counted)]
        if counted[1]:
            failures.append(test.get("name"))
    if failures:
        print("failed: " + " ".join(failures))
    if total[2]:
        print(f"skipped: {total[2]}")
    failed = total[1] if tests else 1
    print(f"{total[0]} passed, {failed} failed")
    return 1 if failed or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
