#!/usr/bin/env python3
"""tests/support/sanitized: a report of any process fails the test."""

import pathlib
import subprocess
import tempfile
import unittest

SANITIZED = pathlib.Path(__file__).with_name("sanitized")
# What a sanitizer does with its log_path, in a child whose end nobody sees.
REPORTS = """
options=${%s#*log_path=}
(echo "ERROR: a race" >"${options%%%%:*}.17") &
wait
"""


class SanitizedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.report = pathlib.Path(folder.name, "results", "some.report")

    def run_test(self, script):
        """(exit code, what it printed)."""
        run = subprocess.run(
            [SANITIZED, self.report, "sh", "-c", script], capture_output=True, text=True
        )
        return run.returncode, run.stdout

    def test_a_test_without_reports_ends_as_it_ends(self):
        self.assertEqual(self.run_test("echo fine"), (0, "fine\n"))
        self.assertEqual(self.run_test("exit 7"), (7, ""))

    def test_a_report_of_any_sanitizer_is_shown_and_fails(self):
        for options in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            with self.subTest(options=options):
                self.assertEqual(self.run_test(REPORTS % options), (1, "ERROR: a race\n"))
        self.assertEqual(self.run_test(REPORTS % "ASAN_OPTIONS" + "exit 7")[0], 7)

    def test_a_report_of_an_earlier_run_fails_nothing(self):
        self.run_test(REPORTS % "ASAN_OPTIONS")
        self.assertEqual(self.run_test("true"), (0, ""))


if __name__ == "__main__":
    unittest.main()
