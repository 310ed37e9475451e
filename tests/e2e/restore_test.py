"""People and roles that a restored server has forgotten, and joins cut short.

The phones bring the roster back (sync/protocol/adr/0002): nobody has to join
again, and no code lets two in.
"""

import unittest

import story as stories
import world as worlds

DESK = stories.STORY
MEMBERS = ("desk", "almaty")


class RestoredRosterTest(unittest.TestCase):
    def setUp(self):
        self.world = worlds.World()
        self.addCleanup(self.world.__exit__, None, None, None)
        self.server = self.world.server.start()
        self.world.join("desk", "editor", DESK, "Vera")
        self.world.join("almaty", "reporter", DESK, "Aigerim")
        self.backup = self.world.path / "backup"

    def file(self, name, headline):
        home = self.world.homes[name]
        return home.run("report", "new", "--headline", headline, "--text", "-",
                        stdin=f"{headline}.")["id"]

    def all_agree_on(self, headlines):
        self.world.sync_all(rounds=2)
        self.assertEqual(len(set(self.world.digests().values())), 1)
        for home in self.world.homes.values():
            seen = {r["headline"] for r in home.run("report", "list")["reports"]}
            self.assertLessEqual(set(headlines), seen, home.name)

    def test_a_device_that_joined_after_the_backup_goes_on_as_before(self):
        self.server.back_up(self.backup)
        bishkek = self.world.join("bishkek", "reporter", DESK, "Nurlan")
        self.file("bishkek", "Filed before the disk died")
        self.world.sync_all()
        self.server.go_back_to(self.backup)
        self.file("bishkek", "Filed after the restore")
        self.assertTrue(bishkek.sync()["newEpoch"])
        self.all_agree_on(["Filed before the disk died", "Filed after the restore"])

    def test_anothers_phone_brings_back_whom_the_server_forgot(self):
        self.server.back_up(self.backup)
        bishkek = self.world.join("bishkek", "reporter", DESK, "Nurlan")
        self.file("bishkek", "Only the desk still has this")
        self.world.sync_all(rounds=2)
        self.server.go_back_to(self.backup)
        self.world.desk.sync()
        self.assertEqual(self.server.run("held", "--data", self.server.data,
                                         "--json").json, [])
        bishkek.sync()
        self.all_agree_on(["Only the desk still has this"])

    def test_a_role_given_after_the_backup_is_had_again(self):
        report = self.file("almaty", "To be approved")
        self.world.sync_all(rounds=2)
        self.server.back_up(self.backup)
        promoted = worlds.Home(self.world, "bureau")
        promoted.run("init", self.server.invite(
            "editor", DESK, person=self.server.person("Aigerim")))
        self.world.homes["bureau"] = promoted
        self.world.sync_all(rounds=2)
        self.server.go_back_to(self.backup)
        promoted.run("review", "approve", report)
        self.assertEqual(promoted.sync()["heldChanges"], 0)
        self.world.sync_all(rounds=2)
        self.assertEqual(self.world.desk.report(report)["status"], "approved")

    def test_people_who_joined_on_either_side_of_the_restore_all_stay(self):
        self.server.back_up(self.backup)
        self.world.join("bishkek", "reporter", DESK, "Nurlan")
        self.world.sync_all()
        self.server.go_back_to(self.backup)
        # Nobody who knows of Nurlan has called yet.
        self.world.join("aktau", "reporter", DESK, "Daniyar")
        self.file("aktau", "From one who joined after")
        self.world.aktau.sync()
        self.file("bishkek", "From one who joined before")
        self.all_agree_on(["From one who joined after", "From one who joined before"])

    def test_no_code_lets_a_second_device_in(self):
        used = self.server.invite("reporter", DESK, "Nurlan")
        open_still = self.server.invite("reporter", DESK, "Timur")
        self.server.back_up(self.backup)
        self.world.homes["bishkek"] = bishkek = worlds.Home(self.world, "bishkek")
        bishkek.run("init", used)
        self.server.go_back_to(self.backup)
        thief = worlds.Home(self.world, "thief")
        for _ in range(2):  # before and after the server is told of Nurlan
            for code in (used, open_still):
                refused = thief.try_run("init", worlds.through(
                    code, self.server.address["enrol"]))
                self.assertEqual(refused.error["reason"], "CODE_USED", refused)
            bishkek.sync()


class DecidedTwiceTest(unittest.TestCase):
    """A request comes back before the decision about it (sync/merge/adr/0004)."""

    def setUp(self):
        self.world = worlds.World()
        self.addCleanup(self.world.__exit__, None, None, None)
        self.world.server.start()
        for name in ("asker", "other"):
            self.world.join(name, "editor", DESK, name)
        self.asker, self.other = self.world.asker, self.world.other
        self.report = self.asker.run("report", "new", "--headline", "Toll rises",
                                     "--text", "-", stdin="Read twice.")["id"]
        self.asker.run("review", "approve", self.report)
        self.world.sync_all(rounds=2)
        self.world.server.back_up(self.world.path / "backup")
        self.asker.run("review", "publish", self.report)
        self.asker.copy_store(self.world.path / "asked.copy")
        self.world.sync_all(rounds=2)
        self.assertEqual(self.other.report(self.report)["status"], "published")
        # Server and asker go back to when it was asked; the other knows more.
        self.world.server.go_back_to(self.world.path / "backup")
        self.asker.replace_store(self.world.path / "asked.copy")

    def decisions(self):
        self.world.sync_all(rounds=3)
        self.assertEqual(len(set(self.world.digests().values())), 1)
        workflow = self.other.report(self.report)["workflow"]
        self.assertFalse(any(r["open"] for r in workflow["requests"]
                             if r["what"] == "publish"))
        return workflow["decisions"]

    def test_two_publications_are_one(self):
        self.asker.sync()
        self.assertEqual(self.asker.report(self.report)["status"], "published")
        first, again = self.decisions()
        self.assertEqual((first["repeats"], again["repeats"]), (False, True))
        for same in ("request", "approval", "version"):
            self.assertEqual(first[same], again[same])
        self.assertEqual(self.other.report(self.report)["status"], "published")

    def test_a_later_refusal_does_not_hide_that_it_is_out(self):
        self.asker.run("review", "hold", self.report, "--reason", "call them first")
        self.asker.sync()
        self.assertEqual([d["what"] for d in self.asker.report(self.report)[
            "workflow"]["decisions"]], ["refused"])
        counting = [d["what"] for d in self.decisions() if not d["repeats"]]
        self.assertEqual(counting, ["published"])
        self.assertEqual(self.other.report(self.report)["status"], "held")


class JoinTest(unittest.TestCase):
    """A join that is cut short is finished by saying the same again."""

    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World()
        cls.world.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def newcomer(self, name):
        self.world.homes[name] = home = worlds.Home(self.world, name)
        return home, self.world.server.invite("reporter", DESK, name)

    def joined(self, home, code):
        again = home.try_run("init", code)
        if again.code != 0:  # it was cut behind the last commit
            self.assertIn("joined already", again.error["sentence"], again)
        home.run("report", "new", "--headline", home.name, "--text", "-", stdin="x")
        self.assertEqual(home.sync()["unsentChanges"], 0)
        stranger = worlds.Home(self.world, f"{home.name}-stranger")
        refused = stranger.try_run("init", code)
        self.assertEqual(refused.error["reason"], "CODE_USED", refused)

    def test_a_join_whose_answer_is_cut_anywhere_may_be_said_again(self):
        relay = self.world.relay(self.world.server.address["enrol"])
        home, code = self.newcomer("whole")
        home.run("init", worlds.through(code, relay.address))
        answer = relay.tell("counts")["down"]
        for place in (0.3, 0.6, 0.8, 0.9, 0.97):
            with self.subTest(place=place):
                home, code = self.newcomer(f"cut-{place}")
                relay.tell("reset")
                relay.tell("cut", "down", int(answer * place))
                result = home.try_run("init", worlds.through(code, relay.address))
                self.assertNotEqual(result.code, 0)
                relay.tell("heal")
                self.joined(home, code)

    def test_killing_the_device_at_any_commit_of_a_join_loses_no_code(self):
        for commit in range(1, 40):
            with self.subTest(commit=commit):
                home, code = self.newcomer(f"kill-{commit}")
                result = home.try_run(
                    "init", code, LD_PRELOAD=worlds.Binaries.kill_at_sync,
                    DATELINE_KILL_AT=commit)
                if result.code == 0:
                    break
                self.joined(home, code)
        self.assertGreater(commit, 4)
        self.assertLess(commit, 39)

    def test_killing_the_server_at_any_commit_of_a_join_loses_no_code(self):
        server, died = self.world.server, 0
        for commit in range(1, 9):
            for after in ("", "1"):
                with self.subTest(commit=commit, after=after):
                    home, code = self.newcomer(f"server-{commit}{after}")
                    server.stop()
                    try:  # its start commits too
                        server.start(LD_PRELOAD=worlds.Binaries.kill_at_sync,
                                     DATELINE_KILL_AT=commit,
                                     DATELINE_KILL_AFTER=after)
                        home.try_run(
                            "init", worlds.through(code, server.address["enrol"]))
                        died += server.process.poll() is not None
                    except worlds.Failed:
                        pass
                    server.kill()
                    server.start()
                    self.joined(home, worlds.through(code, server.address["enrol"]))
        self.assertGreaterEqual(died, 2)


if __name__ == "__main__":
    worlds.main()
