#!/usr/bin/env python3
"""clang_tidy.py finds what is planted, once, and reads nothing twice."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("clang_tidy.py")
BAD_NAME = "inline int twice(int Bad) { return 2 * Bad; }\n"
GOOD_NAME = "inline int twice(int good) { return 2 * good; }\n"
RULES = """Checks: '-*,readability-identifier-naming'
WarningsAsErrors: '*'
HeaderFilterRegex: '.*'
CheckOptions: [{key: readability-identifier-naming.ParameterCase, value: lower_case}]
"""


class ClangTidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.build = self.root / "build"
        self.write(".clang-tidy", RULES)
        self.write("sync/a.h", "#pragma once\n" + GOOD_NAME)
        self.write("sync/a.cc", '#include "sync/a.h"\n')
        self.write("sync/b.cc", '#include "sync/a.h"\n')
        self.write("build/headers/sync__a.h.cc", '#include "sync/a.h"\n')
        self.write("build/headers/sync__alone.h.cc", '#include "sync/alone.h"\n')
        self.write("sync/alone.h", "#pragma once\n")
        sources = ("sync/a.cc", "sync/b.cc", *(f"build/headers/sync__{h}.h.cc" for h in ("a", "alone")))
        entries = [
            {
                "directory": str(self.root),
                "file": str(self.root / source),
                "command": f"clang++ -I{self.root} -o out.o -c {self.root / source}",
            }
            for source in sources
        ]
        self.write("build/compile_commands.json", json.dumps(entries))

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_all(self, *arguments, code=0):
        """What it said."""
        run = subprocess.run(
            [sys.executable, SCRIPT, "--root", self.root, "--build", self.build,
             *(arguments or ("--all",))],
            capture_output=True,
            text=True,
        )
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return run.stdout

    def kept(self):
        """{file: when it was last read}."""
        folder = self.build / "clang-tidy"
        return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}

    def test_a_warning_in_a_header_is_shown_once_and_fails(self):
        self.write("sync/a.h", "#pragma once\n" + BAD_NAME)
        for _ in ("read", "recalled"):
            said = self.run_all(code=1)
            self.assertEqual(said.count("invalid case style for parameter 'Bad'"), 1)

    def test_counts_on_and_reads_headers_that_no_source_includes(self):
        said = self.run_all()
        self.assertIn("[2/2] sync/", said)
        self.assertIn("[1/1] sync/alone.h", said)
        self.assertIn("clang-tidy: 3 files, 0 with warnings", said)

    def test_what_was_read_is_read_again_only_when_it_changed(self):
        self.run_all()
        before = self.kept()
        self.run_all()
        self.assertEqual(self.kept(), before)
        self.write("sync/b.cc", "#include <stddef.h>\n")
        self.run_all()
        after = self.kept()
        changed = {name for name in after if after[name] != before[name]}
        self.assertEqual(changed, {"sync__b.cc.json"})
        self.write("sync/a.h", "#pragma once\n")
        self.run_all()
        self.assertNotEqual(self.kept()["sync__a.cc.json"], before["sync__a.cc.json"])

    def test_a_change_of_the_rules_reads_all_again(self):
        self.run_all()
        before = self.kept()
        self.write(".clang-tidy", RULES + "# another\n")
        self.run_all()
        after = self.kept()
        self.assertEqual([name for name in before if before[name] == after[name]], [])

    def test_takes_files_and_folders(self):
        self.assertIn("clang-tidy: 1 files", self.run_all("sync/b.cc"))
        self.assertIn("clang-tidy: 3 files", self.run_all("sync"))

    def test_says_that_without_history_nothing_is_known_to_have_changed(self):
        self.assertIn("no history", self.run_all("--base", ""))


if __name__ == "__main__":
    unittest.main()
