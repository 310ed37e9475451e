"""count.py must not call green what was not shown to be."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import count

PASSED = '<testcase name="{}" status="run"/>'
FAILED = '<testcase name="{}" status="fail"><failure message="Failed"/></testcase>'
CASE = '<testcase name="{}" status="run" result="completed">{}</testcase>'


class CountTest(unittest.TestCase):
    def count(self, junit, cases=None):
        """(exit code, last line) for ctest's file and {program: cases}."""
        with tempfile.TemporaryDirectory() as folder:
            if junit is not None:
                text = f"<testsuite>{junit}</testsuite>"
                pathlib.Path(folder, "ctest.junit").write_text(text)
            for name, text in (cases or {}).items():
                suite = f"<testsuites><testsuite>{text}</testsuite></testsuites>"
                pathlib.Path(folder, name + ".xml").write_text(suite)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                code = count.main(folder)
            return code, out.getvalue().splitlines()[-1]

    def test_counts_cases_of_programs_and_other_tests_as_one(self):
        cases = {"a": CASE.format("x", "") + CASE.format("y", "")}
        junit = PASSED.format("a") + PASSED.format("tidy")
        self.assertEqual(self.count(junit, cases), (0, "3 passed, 0 failed"))

    def test_a_failed_case_fails(self):
        cases = {"a": CASE.format("x", "") + CASE.format("y", "<failure/>")}
        self.assertEqual(self.count(FAILED.format("a"), cases), (1, "1 passed, 1 failed"))

    def test_a_crash_after_good_cases_fails(self):
        cases = {"a": CASE.format("x", "")}
        self.assertEqual(self.count(FAILED.format("a"), cases), (1, "1 passed, 1 failed"))

    def test_a_crash_that_left_no_results_fails(self):
        self.assertEqual(self.count(FAILED.format("a")), (1, "0 passed, 1 failed"))

    def test_a_run_of_nothing_fails(self):
        self.assertEqual(self.count(""), (1, "0 passed, 1 failed"))
        self.assertEqual(self.count(None), (1, "0 passed, 1 failed"))


if __name__ == "__main__":
    unittest.main()
