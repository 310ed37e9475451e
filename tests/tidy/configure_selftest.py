#!/usr/bin/env python3
"""deploy/configure in a project of two lines: first, again, and after a move."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

CONFIGURE = pathlib.Path(__file__).parents[2] / "deploy" / "configure"
PRESETS = {
    "version": 6,
    "configurePresets": [
        {"name": "dev", "generator": "Ninja", "binaryDir": "${sourceDir}/build/dev"}
    ],
}


class ConfigureTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name, "here")
        (self.root / "deploy").mkdir(parents=True)
        shutil.copy(CONFIGURE, self.root / "deploy")
        (self.root / "CMakePresets.json").write_text(json.dumps(PRESETS))
        self.project("")

    def project(self, more):
        lines = "cmake_minimum_required(VERSION 3.25)\nproject(tiny LANGUAGES NONE)\n"
        (self.root / "CMakeLists.txt").write_text(lines + more)

    def configure(self, *arguments, code=0):
        """What it said."""
        run = subprocess.run(
            [self.root / "deploy" / "configure", *arguments], capture_output=True, text=True
        )
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stderr

    def cache(self):
        return (self.root / "build/dev/CMakeCache.txt").read_text()

    def move(self):
        self.root = self.root.rename(self.root.with_name("there"))

    def test_says_nothing_when_all_is_well(self):
        self.assertEqual(self.configure("dev"), "")
        self.assertEqual(self.configure("dev"), "")

    def test_starts_afresh_in_a_checkout_that_was_moved_and_says_so(self):
        self.configure("dev", "-DKEPT=once")
        self.move()
        self.assertIn("here: starting it afresh", self.configure("dev"))
        self.assertIn(f"CMAKE_HOME_DIRECTORY:INTERNAL={self.root.resolve()}\n", self.cache())
        self.assertNotIn("KEPT", self.cache())

    def test_goes_on_where_a_link_leads_to_the_same_checkout(self):
        self.configure("dev")
        link = self.root.with_name("link")
        link.symlink_to(self.root)
        self.root = link
        self.assertEqual(self.configure("dev"), "")

    def test_once_configures_what_is_new_moved_or_broken_off_only(self):
        self.configure("--once", "dev", "-DFIRST=yes")
        self.assertIn("FIRST:UNINITIALIZED=yes", self.cache())
        self.configure("--once", "dev", "-DSECOND=yes")
        self.assertNotIn("SECOND", self.cache())
        (self.root / "build/dev/build.ninja").unlink()
        self.configure("--once", "dev", "-DTHIRD=yes")
        self.assertIn("THIRD", self.cache())
        self.move()
        self.configure("--once", "dev", "-DFOURTH=yes")
        self.assertIn("FOURTH", self.cache())

    def test_shows_what_cmake_says_when_it_fails(self):
        self.project('message(FATAL_ERROR "no such package")\n')
        self.assertIn("no such package", self.configure("dev", code=1))


if __name__ == "__main__":
    unittest.main()
