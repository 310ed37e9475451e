"""Cuts, power cuts, restores and old copies: nothing is lost and all agree.

Every case plays on from one copied world in which four devices have worked
apart, does its damage, lets everybody sync, and must end on the digest that an
undisturbed world ends on.
"""

import concurrent.futures
import os
import unittest

import story as stories
import world as worlds

# Where a session is cut, in parts of all its bytes: handshake, Hello, packs,
# the last acknowledgement. Two sessions differ by a few bytes.
PLACES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
COMMITS = range(1, 9)
OTHERS = tuple(name for name in stories.DEVICES if name != "almaty")


class FaultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world, cls.story = stories.begin()
        cls.world.server.stop()
        cls.yesterday = cls.world.copy()
        cls.world.server.start()
        cls.story.apart(cls.world)
        cls.world.server.stop()
        with cls.world.copy() as world:
            world.server.start()
            world.sync_all(OTHERS)
            relay = world.relay()
            world.almaty.via = relay.address
            world.almaty.sync()
            cls.session_bytes = relay.tell("counts")
            cls.digest = cls.settle(world)

    @classmethod
    def tearDownClass(cls):
        cls.yesterday.close()
        cls.world.close()

    @staticmethod
    def settle(world):
        """Everybody syncs until nothing is new; the one digest they share."""
        world.sync_all(stories.DEVICES, rounds=3)
        digests = world.digests()
        if len(set(digests.values())) != 1:
            raise worlds.Failed(f"replicas differ: {digests}")
        return digests["server"]

    def byte(self, direction, place):
        return max(1, int(self.session_bytes[direction] * place))

    def each(self, cases, play):
        """Plays every case in a world of its own, and compares its end."""
        def one(case):
            with self.world.copy() as world:
                world.server.start()
                world.sync_all(OTHERS)
                happened = play(world, case)
                return happened, self.settle(world)

        happened = 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for case, (did, digest) in zip(cases, pool.map(one, cases)):
                with self.subTest(case=case):
                    self.assertEqual(digest, self.digest)
                happened += bool(did)
        # A fault behind the end of a session harms nothing: few may be.
        self.assertGreaterEqual(happened, len(cases) * 2 // 3)

    def notices_came_first(self, home):
        """Whoever has anybody's new fact knows of the retraction already."""
        reports = {r["id"] for r in home.run("report", "list", "--limit", "0")["reports"]}
        events = home.run("statement", "show", self.story.post)["events"]
        headlines = home.report(self.story.dispatch)["alternatives"]
        if self.story.aktau_draft in reports or headlines:
            self.assertEqual({e["kind"] for e in events}, {"retracted", "disavowed"})

    # --- the link ----------------------------------------------------------

    def test_a_link_that_is_cut_at_any_byte_loses_nothing(self):
        def play(world, case):
            direction, place = case
            relay = world.relay()
            world.almaty.via = relay.address
            relay.tell("cut", direction, self.byte(direction, place))
            world.almaty.try_run("sync", "--deadline", "10s")
            self.notices_came_first(world.almaty)
            return relay.tell("heal")["faults"]

        self.each([(d, p) for d in ("up", "down") for p in PLACES], play)

    # --- kill -9 -----------------------------------------------------------

    def kill_at_byte(self, world, place, victim):
        relay = world.relay()
        world.almaty.via = relay.address
        relay.tell("stall", "up", self.byte("up", place))
        line = ("sync", "--deadline", "20s")
        client = world.almaty.start(*line)
        fault = relay.wait_fault()
        if victim == "client":
            worlds.kill_hard(client)
        else:
            world.server.kill()
        relay.tell("heal")
        relay.tell("shut")
        world.almaty.finish(client, line)
        if victim == "server":
            world.server.start()
        relay.tell("target", world.server.address["sync"])
        relay.tell("open")
        return fault

    def test_killing_either_end_at_any_byte_loses_nothing(self):
        def play(world, case):
            victim, place = case
            return self.kill_at_byte(world, place, victim)

        self.each([(v, p) for v in ("client", "server") for p in PLACES], play)

    def test_killing_the_client_at_any_commit_loses_nothing(self):
        def play(world, case):
            commit, after = case
            result = world.almaty.try_run(
                "sync", "--deadline", "20s", LD_PRELOAD=worlds.Binaries.kill_at_sync,
                DATELINE_KILL_AT=commit, DATELINE_KILL_AFTER=after)
            return result.code == -9

        self.each([(c, a) for c in COMMITS for a in ("", "1")], play)

    def test_killing_the_server_at_any_commit_loses_nothing(self):
        def play(world, case):
            commit, after = case
            world.server.stop()
            # Its start commits too; those points count as well.
            try:
                world.server.start(LD_PRELOAD=worlds.Binaries.kill_at_sync,
                                   DATELINE_KILL_AT=commit, DATELINE_KILL_AFTER=after)
                for name in stories.DEVICES:
                    world.homes[name].try_run("sync", "--deadline", "5s")
                died = world.server.process.poll() is not None
            except worlds.Failed:
                died = True
            world.server.kill()
            world.server.start()
            return died

        self.each([(c, a) for c in COMMITS for a in ("", "1")], play)

    def test_killing_a_writer_at_any_commit_keeps_whole_saves(self):
        """A report is there with all of itself, or not at all."""
        with self.world.copy() as world:
            for commit in range(1, 7):
                headline = f"written under kill {commit}"
                result = world.almaty.try_run(
                    "report", "new", "--headline", headline, "--text", "-",
                    stdin="whole body", LD_PRELOAD=worlds.Binaries.kill_at_sync,
                    DATELINE_KILL_AT=commit)
                rows = [r for r in world.almaty.run("report", "list", "--limit", "0")["reports"]
                        if r["headline"] == headline]
                self.assertLessEqual(len(rows), 1)
                if result.code == 0:
                    self.assertEqual(len(rows), 1)
                for row in rows:
                    report = world.almaty.report(row["id"])
                    self.assertEqual(report["body"], "whole body")
                    self.assertTrue(report["complete"])

    # --- days --------------------------------------------------------------

    def test_a_device_offline_from_first_to_last_catches_up(self):
        with self.world.copy() as world:
            world.server.start()
            world.sync_all(OTHERS, rounds=2)
            ending = stories.Ending(self.story)
            ending.link(world.desk)
            world.sync_all(OTHERS, rounds=2)
            news = world.almaty.sync()["news"]
            self.assertTrue(any(n["statement"] == self.story.post for n in news))
            self.settle(world)
            report = world.almaty.report(self.story.almaty_draft)
            self.assertTrue(report["withdrawals"])

    def test_a_server_restored_from_an_hour_old_backup_is_healed_by_its_phones(self):
        with self.world.copy() as world:
            world.server.start()
            backup = world.path / "backup"
            world.server.back_up(backup)
            self.assertEqual(self.settle(world), self.digest)
            world.server.go_back_to(backup)
            synced = world.almaty.sync()
            self.assertTrue(synced["newEpoch"])
            self.assertEqual(self.settle(world), self.digest)

    def test_a_store_copied_back_from_yesterday_loses_nothing(self):
        with self.world.copy() as world:
            world.server.start()
            self.settle(world)
            world.almaty.replace_store(self.yesterday.almaty.path)
            written = world.almaty.run(
                "report", "new", "--headline", "written on yesterday's store",
                "--text", "-", stdin="Still here.")["id"]
            synced = world.almaty.try_run("sync", "--deadline", "30s")
            self.assertTrue(synced.json["newIncarnation"], synced)
            self.settle(world)
            for name in stories.DEVICES:
                home = world.homes[name]
                self.assertEqual(home.report(written)["body"], "Still here.")
                stories.Seen(self, self.story, home).rivals_stand_side_by_side()


if __name__ == "__main__":
    worlds.main()
