"""$EDITOR: no word that it wrote is ever lost, and it keeps nobody waiting."""

import contextlib
import fcntl
import os
import unittest

import world as worlds
from terminal import SlowEditor, Terminal

TEXT_SCALARS_MAX = 1 << 20
NEW_EDITORS_MAX = 8


class EditorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World()
        cls.world.server.start()
        cls.home = cls.world.join("reporter", "reporter", "almaty", "Aigerim")
        cls.desk = cls.world.join("desk", "editor", "almaty", "Dana")

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def setUp(self):
        self.editors = 0

    def tearDown(self):
        self.assertEqual(list(self.home.path.glob("editing/*")), [], "something was left")

    def left(self):
        return sorted(self.home.path.glob("editing/*/*"))

    def report(self, body):
        return self.home.run("report", "new", "--headline", self.id(), "--text", "-",
                             stdin=body)["id"]

    def edit(self, report, editor, *more):
        return Terminal(self.home, "report", "edit", report, *more, EDITOR=editor).finish()

    def slow(self, words):
        self.editors += 1
        return SlowEditor(self.world.path / f"{self.id()}-{self.editors}", words)

    def writing(self, words):
        """An $EDITOR that replaces the text and ends."""
        editor = self.slow(words)
        editor.end()
        return editor.command

    def row(self, report):
        rows = self.home.run("report", "list", "--limit", "0")["reports"]
        return next(row for row in rows if row["id"] == report)

    # --- what it does ------------------------------------------------------

    def test_an_editor_edits_the_body(self):
        report = self.report("Old words.")
        code, shown = self.edit(report, "sed -i s/Old/New/")
        self.assertEqual(code, 0, shown)
        self.assertEqual(self.home.report(report)["body"], "New words.")
        self.assertFalse(self.row(report)["draft"])
        # A pipe must say what to change.
        self.assertEqual(self.home.try_run("report", "edit", report).code, 2)

    def test_an_editor_writes_a_new_report(self):
        code, shown = Terminal(self.home, "report", "new", "--headline", "written", "--submit",
                               EDITOR=self.writing("Қар жауып тұр.\nIt snows.\n")).finish()
        self.assertEqual(code, 0, shown)
        report = self.home.report(shown.split()[-1])
        self.assertEqual(report["body"], "Қар жауып тұр.\nIt snows.")
        self.assertEqual(report["status"], "submitted")

    def test_an_editor_that_changes_nothing_leaves_nothing(self):
        report = self.report("Kept words.")
        before = self.home.digest()
        self.assertEqual(self.edit(report, "true")[0], 0)
        code, shown = self.edit(report, "false")
        self.assertEqual(code, 1, shown)
        self.assertIn("the editor \"false\" failed", shown)
        self.assertEqual(self.home.digest(), before)
        self.assertFalse(self.row(report)["draft"])

    # --- nobody waits for it -----------------------------------------------

    def test_commands_and_syncs_pass_while_an_editor_is_open(self):
        report = self.report("Shots were heard. The airport is closed.")
        self.home.sync()
        self.desk.sync()
        editor = self.slow("Shots were heard at dawn. The airport is closed.\n")
        typing = Terminal(self.home, "report", "edit", report, EDITOR=editor.command)
        editor.wait_written()
        self.assertTrue(self.row(report)["draft"])
        self.assertTrue(self.home.report(report)["draft"])
        self.desk.run("report", "edit", report, "--text", "-",
                      stdin="Shots were heard. The airport was stormed.")
        self.desk.sync()
        self.assertGreater(self.home.sync()["receivedChanges"], 0)
        self.report("Written beside it.")
        editor.end()
        code, shown = typing.finish()
        self.assertEqual(code, 0, shown)
        self.assertEqual(self.home.report(report)["body"],
                         "Shots were heard at dawn. The airport was stormed.")

    def test_one_report_is_in_one_editor(self):
        report, other = self.report("One."), self.report("Two.")
        editor = self.slow("One, typed.\n")
        typing = Terminal(self.home, "report", "edit", report, EDITOR=editor.command)
        editor.wait_written()
        code, shown = self.edit(report, "true")
        self.assertEqual(code, 5, shown)
        self.assertIn("open in another editor", shown)
        self.assertEqual(self.home.try_run("report", "submit", report).code, 5)
        self.assertEqual(self.edit(other, self.writing("Two, typed."))[0], 0)
        editor.end()
        self.assertEqual(typing.finish()[0], 0)
        self.assertEqual(self.home.report(report)["body"], "One, typed.")

    def test_so_many_new_reports_are_in_editors_and_no_more(self):
        line = ("report", "new", "--headline", "one of many")
        with contextlib.ExitStack() as stack:
            def open_in_an_editor(number):
                folder = self.home.path / "editing" / f"new-{number}"
                folder.mkdir(parents=True)
                stack.callback(folder.rmdir)
                handle = os.open(folder, os.O_RDONLY)
                stack.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX)

            for number in range(1, NEW_EDITORS_MAX):
                open_in_an_editor(number)
            code, shown = Terminal(self.home, *line, EDITOR=self.writing("The last.")).finish()
            self.assertEqual(code, 0, shown)
            open_in_an_editor(NEW_EDITORS_MAX)
            code, shown = Terminal(self.home, *line, EDITOR="true").finish()
            self.assertEqual(code, 5, shown)
            self.assertIn("STORE_IN_USE", shown)

    # --- nothing is lost ---------------------------------------------------

    def test_more_than_a_change_carries_is_kept_whole(self):
        report = self.report("Short.")
        words = "".join(f"Dispatch {n}.\n" for n in range(20000))
        self.assertGreater(len(words), 256 << 10)
        code, shown = self.edit(report, self.writing(words))
        self.assertEqual(code, 0, shown)
        self.assertEqual(self.home.report(report)["body"], words[:-1])

    def test_words_that_are_no_text_stay_in_their_file(self):
        report = self.report("Short.")
        code, shown = self.edit(report, self.writing("x" * (TEXT_SCALARS_MAX + 1)))
        self.assertEqual(code, 1, shown)
        self.assertIn("TOO_LARGE", shown)
        [path] = self.left()
        self.assertEqual(path.stat().st_size, TEXT_SCALARS_MAX + 1)
        self.assertIn(f"saved: what you typed is in {path}", shown)
        self.assertIn(f"next:  dateline report edit {report[:8]}", shown)
        # The same editor again has them before it.
        code, shown = self.edit(report, "truncate -s 100")
        self.assertEqual(code, 0, shown)
        self.assertIn("cut off", shown)
        self.assertEqual(self.home.report(report)["body"], "x" * 100)

    def test_a_new_report_that_is_refused_stays_in_its_file(self):
        line = ("report", "new", "--headline")
        code, shown = Terminal(self.home, *line, "x" * 1001,
                               EDITOR=self.writing("Long typed.")).finish()
        self.assertEqual(code, 1, shown)
        [path] = self.left()
        self.assertIn(f"saved: what you typed is in {path}", shown)
        self.assertIn("next:  correct what is wrong, then the same command", shown)
        self.assertEqual(self.home.run("status")["unfinishedReports"], 1)
        code, shown = Terminal(self.home, *line, "good", EDITOR="true").finish()
        self.assertEqual(code, 0, shown)
        self.assertEqual(self.home.report(shown.split()[-1])["body"], "Long typed.")
        self.assertEqual(self.home.run("status")["unfinishedReports"], 0)

    def test_a_seal_that_is_refused_leaves_a_draft(self):
        report = self.report("They counted 12 bodies.")
        self.home.sync()
        self.desk.sync()
        self.home.run("report", "edit", report, "--text", "-", stdin="They counted 13 bodies.")
        self.desk.run("report", "edit", report, "--text", "-", stdin="They counted 14 bodies.")
        self.desk.sync()
        self.home.sync()
        code, shown = self.edit(report, "sed -i 1d")  # part of a span's block
        self.assertEqual(code, 1, shown)
        self.assertIn("saved: what you typed is on this device", shown)
        self.assertIn(f"next:  dateline report edit {report[:8]}", shown)
        self.assertTrue(self.row(report)["draft"])
        for line in (("list",), ("show", report)):
            self.assertIn("✎", Terminal(self.home, "report", *line).finish()[1])
        self.assertEqual(self.left(), [])
        code, shown = self.edit(report, "grep -q bodies")  # the draft is shown again
        self.assertEqual(code, 1, shown)
        self.assertIn("going on with the draft", shown)
        code, shown = self.edit(report, self.writing("They counted 14 bodies."))
        self.assertEqual(code, 0, shown)
        self.assertFalse(self.row(report)["draft"])
        self.assertEqual(self.home.report(report)["body"], "They counted 14 bodies.")

    def test_a_draft_can_be_thrown_away(self):
        report = self.report("Kept words.")
        self.cut_off(report, "Thrown away.\n")
        self.home.run("report", "edit", report, "--drop-draft")
        self.assertFalse(self.row(report)["draft"])
        self.assertEqual(self.home.report(report)["body"], "Kept words.")

    def cut_off(self, report, words):
        """The command is killed while the editor is open."""
        editor = self.slow(words)
        typing = Terminal(self.home, "report", "edit", report, EDITOR=editor.command)
        editor.wait_written()
        worlds.kill_hard(typing.process)
        editor.end()
        typing.finish()

    def test_kill_9_loses_nothing_that_the_editor_wrote(self):
        report = self.report("Kept words.")
        self.home.sync()
        self.cut_off(report, "Kept words. And more.\n")
        self.assertTrue(self.row(report)["draft"])
        self.desk.sync()
        self.desk.run("report", "edit", report, "--text", "-", stdin="Kept words, edited.")
        self.desk.sync()
        self.home.sync()
        code, shown = self.edit(report, "true")
        self.assertEqual(code, 0, shown)
        body = self.home.report(report)["body"]
        self.assertIn("And more.", str(body))
        self.assertIn("edited", str(body))  # what came meanwhile is not undone

    def test_a_submission_takes_along_what_an_editor_left(self):
        report = self.report("Kept words.")
        self.cut_off(report, "Kept words. And more.\n")
        self.home.run("report", "submit", report)
        shown = self.home.report(report)
        self.assertEqual((shown["body"], shown["status"], shown["draft"]),
                         ("Kept words. And more.", "submitted", False))


if __name__ == "__main__":
    worlds.main()
