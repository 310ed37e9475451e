"""Every command that the story does not use, against a real store and server."""

import json
import subprocess
import unittest

import world as worlds


class CommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World()
        cls.world.server.start()
        cls.home = cls.world.join("reporter", "reporter", "almaty", "Aigerim")
        cls.desk = cls.world.join("desk", "editor", "almaty", "Dana")

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def meet(self):
        """Both have what the other wrote, and what home decided about it."""
        for home in (self.home, self.desk, self.home, self.desk):
            home.sync()

    def report(self, body="As it was.", *more):
        return self.home.run("report", "new", "--headline", self.id(), "--text", "-",
                             *more, stdin=body)["id"]

    def statement(self, *figures, home=None, source="Akimat"):
        flags = [word for figure in figures for word in ("--figure", figure)]
        return (home or self.home).run("statement", "add", "--source", source, *flags)["id"]

    def status(self, report, home=None):
        return (home or self.home).report(report)["status"]

    def figures(self, statement):
        shown = self.home.run("statement", "show", statement)
        return [item["record"] for item in shown["figures"]]

    def people(self, home, *line):
        done = subprocess.run([worlds.Binaries.dateline, *line, "--home", home.path],
                              capture_output=True, text=True,
                              timeout=worlds.COMMAND_SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    # --- review ------------------------------------------------------------

    def test_a_report_is_asked_held_published_corrected_and_killed(self):
        report = self.report("First version.", "--submit")
        self.meet()
        self.desk.run("review", "ask", report, "Who counted?")
        self.meet()
        self.assertEqual(self.home.report(report)["whereabouts"], "questionForYou")
        self.assertIn("Dana asks: Who counted?", self.people(self.home, "report", "show", report))
        self.home.run("review", "answer", report, "The duty doctor.")
        self.meet()
        self.assertEqual(self.home.try_run("review", "answer", report, "Again.").code, 1)

        self.desk.run("review", "hold", report, "--reason", "one source")
        self.assertEqual(self.status(report, self.desk), "held")
        self.desk.run("review", "approve", report)
        self.meet()
        self.assertIn("one source", self.people(self.home, "report", "show", report))
        self.desk.run("review", "release", report, "--reason", "a second one")
        self.meet()
        self.assertEqual(self.status(report), "approved")
        self.assertEqual(self.desk.try_run("review", "release", report).code, 1)

        self.desk.run("review", "publish", report)
        self.meet()
        self.assertEqual(self.status(report), "published")
        self.desk.run("report", "edit", report, "--text", "-", stdin="Second version.")
        self.desk.run("review", "approve", report)
        self.desk.run("review", "correct", report, "--note", "The first was wrong.")
        self.meet()
        self.assertEqual(self.status(report), "corrected")
        self.assertEqual(self.home.report(report)["whereabouts"], "published")

        self.desk.run("review", "kill", report, "--reason", "denied")
        self.meet()
        self.assertEqual(self.status(report), "killed")
        self.assertEqual(self.home.report(report)["whereabouts"], "killedByTheDesk")

    def test_a_report_is_spiked(self):
        report = self.report("Overtaken.", "--submit")
        self.meet()
        self.desk.run("review", "spike", report, "--reason", "overtaken")
        self.meet()
        self.assertEqual(self.status(report), "spiked")
        self.assertIn("dropped by the desk", self.people(self.home, "report", "list"))

    def test_a_use_of_a_withdrawn_figure_is_checked(self):
        statement = self.statement("killed | Almaty | | 103")
        report = self.report("They said 103, and denied it: 103 stands nowhere.")
        self.home.run("cite", report, f"{statement}#1", "--words", "103", "--occurrence", "2")
        anchor = self.home.report(report)["citations"][0]["anchors"][0]
        self.assertEqual(anchor["start"], len("They said 103, and denied it: "))
        self.home.run("statement", "retract", statement)
        self.meet()
        self.desk.run("review", "check", report, "--note", "says itself that it was denied")
        self.meet()
        uses = [use for row in self.home.run("notices")["notices"]
                if row.get("statement") == statement for use in row["uses"]]
        self.assertEqual([use["state"] for use in uses], ["checked"])

    # --- statements --------------------------------------------------------

    def test_a_figure_is_corrected_disputed_and_confirmed(self):
        statement = self.statement("killed | Almaty | | 103", "wounded | Almaty | | 30")
        self.home.run("statement", "correct", f"{statement}#1", "--figure",
                      "killed | Almaty | | 113", "--note", "typing error")
        self.home.run("statement", "correct", statement, "--channel", "radio")
        self.meet()
        self.desk.run("statement", "dispute", f"{statement}#1", "--reason", "two disagree")
        self.desk.run("statement", "confirm", f"{statement}#2")
        self.meet()
        shown = self.people(self.home, "statement", "show", statement)
        self.assertIn("113", shown)
        self.assertNotIn("103", shown)
        self.assertIn("channel    radio", shown)
        self.assertIn("DISPUTED #1 by Dana", shown)
        self.assertIn("two disagree", shown)
        self.assertIn("CONFIRMED #2 by Dana", shown)
        self.assertEqual(
            self.home.try_run("statement", "correct", f"{statement}#1").code, 2)

    def test_a_newer_statement_supersedes_and_a_mistake_is_answered(self):
        older = self.statement("evacuated | Aktau | | 40")
        newer = self.statement("evacuated | Aktau | | 55")
        self.home.run("statement", "supersede", newer, f"{older}#1")
        current = [entry for row in self.home.run("ledger")["rows"]
                   for entry in row["entries"]
                   if entry["statement"] in (older, newer) and entry["current"]]
        self.assertEqual([entry["statement"] for entry in current], [newer])
        self.home.run("statement", "disavow", newer, "--reason", "never said")
        self.meet()
        self.desk.run("statement", "answer", newer, "2", "--reason", "wrong post")
        self.meet()
        self.assertIn("said to be a mistake",
                      self.people(self.home, "statement", "show", newer))

    def test_what_a_role_may_not_say_is_shown_with_the_reason(self):
        statement = self.statement("closed | | | 3")
        self.home.run("statement", "dispute", statement, "--reason", "I doubt it")
        self.meet()
        for home in (self.home, self.desk):
            shown = self.people(home, "statement", "show", statement)
            self.assertRegex(shown, r"held, without effect: change [0-9a-f]{8} of Aigerim \(role\)")
        report = self.report()
        self.home.run("review", "approve", report)
        self.meet()
        self.assertRegex(self.people(self.home, "report", "show", report),
                         r"held, without effect: change [0-9a-f]{8} of Aigerim \(role\)")

    # --- conflicts, files --------------------------------------------------

    def conflict(self, *values):
        report = self.report("They counted 12 bodies.")
        self.meet()
        for home, value in zip((self.home, self.desk), values):
            home.run("report", "edit", report, "--headline", value, "--text", "-",
                     stdin=f"They counted {value} bodies.")
        self.meet()
        return report

    def test_conflicts_are_resolved_by_number_and_by_file(self):
        report = self.conflict("13", "14")
        taken = [value["value"]
                 for row in self.home.run("conflicts", report)["conflicts"]
                 if row["field"] == "headline" for value in row["values"]]
        self.assertEqual(sorted(taken), ["13", "14"])
        self.home.run("resolve", report, "headline", "--take", "2", "--note", "seen")
        self.assertEqual(self.home.report(report)["headline"], taken[1])
        words = self.world.path / "words.txt"
        words.write_text("They counted 15 bodies.\n")
        self.home.run("resolve", report, "body", "--text", words, "--note", "counted again")
        self.meet()
        for home in (self.home, self.desk):
            self.assertEqual(home.report(report)["body"], "They counted 15 bodies.")
            self.assertEqual(home.report(report)["conflicts"], 0)

    def test_a_body_comes_from_a_file_and_a_report_goes_and_comes_back(self):
        path = self.world.path / "story.txt"
        path.write_text("From a file.\nАэропорт.\n")
        report = self.home.run("report", "new", "--slugline", "file", "--text", path)["id"]
        self.assertEqual(self.home.report(report)["body"], "From a file.\nАэропорт.")
        self.home.run("report", "delete", report)
        self.assertTrue(self.home.report(report)["deleted"])
        self.home.run("report", "delete", report, "--restore")
        self.assertFalse(self.home.report(report)["deleted"])

    def test_a_compressed_corpus_is_imported(self):
        import shutil
        zstd = shutil.which("zstd")
        if zstd is None:
            self.skipTest("no zstd program")
        home = self.world.join("archive", "reporter", "almaty", "Archive")
        path = self.world.path / "wire.jsonl"
        path.write_text("".join(json.dumps({"id": n, "headline": f"Wire {n}"}) + "\n"
                                for n in range(50)))
        subprocess.run([zstd, "-q", path], check=True)
        result = home.run("import", f"{path}.zst")
        self.assertEqual((result["read"], result["added"]), (50, 50))
        cut = self.world.path / "cut.jsonl.zst"
        cut.write_bytes((self.world.path / "wire.jsonl.zst").read_bytes()[:-20])
        failed = home.try_run("import", cut)
        self.assertEqual((failed.code, failed.error["reason"]), (1, "BAD_REQUEST"))

    def test_status_says_what_waits(self):
        home = self.world.join("counted", "reporter", "almaty", "Counted")
        home.run("report", "new", "--headline", "one", "--text", "-", stdin="One.")
        status = home.run("status")
        self.assertEqual((status["person"], status["reports"], status["unsentChanges"],
                          status["assignments"]), ("Counted", 1, 2, ["almaty"]))
        self.assertIn("unsent     2 changes", self.people(home, "status"))
        home.sync()
        self.assertEqual(home.run("status")["unsentChanges"], 0)
        self.assertIn("unsent     nothing", self.people(home, "status"))


if __name__ == "__main__":
    worlds.main()
