"""Input that no report can hold: refused by code, field and limit, without a
word of it in any message, and with everything else as it was."""

import fcntl
import json
import os
import random
import resource
import subprocess
import unittest

import world as worlds

HEADLINE_BYTES_MAX = 1000
SLUGLINE_BYTES_MAX = 200
BODY_BYTES_MAX = 256 << 10  # that one save adds
TEXT_SCALARS_MAX = 1 << 20
CANARY = "KANARIENVOGEL"


class BadInputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World()
        cls.world.server.start()
        cls.home = cls.world.join("reporter", "reporter", "almaty", "Aigerim")
        cls.statement = cls.home.run("statement", "add", "--source", "Akimat",
                                     "--figure", "closed | | | 3")["id"]

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def setUp(self):
        self.before = self.home.digest()

    def tearDown(self):
        self.assertEqual(self.home.digest(), self.before, "documents are unchanged")

    def file(self, name, content):
        path = self.world.path / name
        path.write_bytes(content)
        return path

    def refuse(self, line, code, reason, field=None):
        result = self.home.try_run(*line, stdin=f"words, {CANARY}")
        self.assertEqual(result.code, code, repr(result)[:600])
        error = result.error
        self.assertEqual(error["reason"], reason, repr(result)[:600])
        self.assertRegex(error["code"], "^DL-1[0-9]{3}$")
        self.assertTrue(error["sentence"])
        if field is not None:
            self.assertIn(field, error["field"])
        if reason == "TOO_LARGE":
            self.assertTrue(error["limit"] and error["got"], error)
        self.assertNotIn(CANARY, result.err)
        self.assertNotIn(CANARY, result.out)

    def table(self, cases):
        for line, *expected in cases:
            with self.subTest(line=[str(word)[:40] for word in line]):
                self.refuse(line, *expected)

    def test_what_a_report_cannot_hold(self):
        long_words = CANARY + "x" * (HEADLINE_BYTES_MAX - len(CANARY) + 1)
        new = ("report", "new", "--text", "-")
        self.table([
            ((*new, "--headline", long_words), 1, "TOO_LARGE", "headline"),
            ((*new, "--slugline", long_words), 1, "TOO_LARGE", "slugline"),
            ((*new, "--urgency", "0"), 1, "OUT_OF_RANGE_VALUE", "urgency"),
            ((*new, "--urgency", "10"), 1, "OUT_OF_RANGE_VALUE", "urgency"),
            ((*new, "--headline", os.fsdecode(b"\xff" + CANARY.encode())), 1, "BAD_UTF8", "headline"),
            ((*new, "--embargoed-until", "noon"), 2, "BAD_REQUEST"),
            ((*new, "--assignment", "nowhere"), 2, "BAD_REQUEST"),
            (("report", "new", "--text", "/no/such/file"), 1, "NOT_FOUND", "/no/such/file"),
            (("report", "new", "--text", self.file(
                "bad-utf8.txt", CANARY.encode() + b"\xff\xfe bad")), 1, "BAD_UTF8"),
            (("report", "new", "--text", self.file(
                "body.txt", b"x" * (BODY_BYTES_MAX + 1))), 1, "TOO_LARGE"),
            (("report", "new", "--text", self.file(
                "text.txt", b"x" * (TEXT_SCALARS_MAX + 1))), 1, "TOO_LARGE"),
        ])

    def test_what_is_not_there_or_does_not_fit(self):
        figure = f"{self.statement}#1"
        self.table([
            (("report", "show", "ffffffffffff"), 1, "NOT_FOUND"),
            (("report", "show", "not-hex"), 1, "BAD_REQUEST"),
            (("report", "show", self.statement), 2, "BAD_REQUEST"),
            (("statement", "retract", f"{self.statement}#9"), 2, "BAD_REQUEST"),
            (("statement", "add", "--source", CANARY * 100), 1, "TOO_LARGE"),
            (("cite", self.statement, figure, "--words", "3"), 2, "BAD_REQUEST"),
            (("resolve", self.statement, "--take", "1"), 1, "NOT_FOUND"),
            (("ack", "ffff"), 2, "BAD_REQUEST"),
            (("sync", "--deadline", "soon"), 2, "BAD_REQUEST"),
            (("init", "dl1.nonsense"), 3, "CONFLICT"),
        ])

    def test_files_that_are_no_corpus(self):
        nested = CANARY.encode() + b"[" * 200000
        self.table([
            (("import", "/no/such.jsonl"), 1, "NOT_FOUND"),
            (("import", self.file("random.jsonl", random.Random(1).randbytes(5000))), 1,
             "BAD_REQUEST"),
            (("import", self.file("random.jsonl.zst", random.Random(2).randbytes(5000))), 1,
             "BAD_REQUEST"),
            (("import", self.file("nested.jsonl", nested)), 1, "BAD_REQUEST"),
            (("import", self.file("deep.jsonl", b'{"headline":' + b"[" * 1000 + b"]" * 1000
                                  + b"}")), 1, "BAD_REQUEST", "headline"),
            (("import", self.file("cut.jsonl", b'{"headline": "' + CANARY.encode())), 1,
             "BAD_REQUEST"),
            (("import", self.file("kind.jsonl", json.dumps(
                {"headline": "x", "body": {"html": CANARY}}).encode())), 1, "BAD_REQUEST",
             "body"),
            (("import", self.file("utf8.jsonl", b'{"headline": "\xff"}')), 1, "BAD_REQUEST"),
            (("import", self.file("long.jsonl", b'{"headline": "' + b"x" * (5 << 20))), 1,
             "TOO_LARGE"),
        ])

    def test_a_full_disk_changes_nothing_and_says_so(self):
        store = next(self.home.path.glob("*.db"))
        limit = store.stat().st_size + 65536
        line = [worlds.Binaries.dateline, "report", "new", "--headline", "full", "--text",
                self.file("big.txt", b"x" * 200000), "--home", self.home.path]

        def little_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = subprocess.run(line, preexec_fn=little_room, capture_output=True, text=True,
                              timeout=worlds.COMMAND_SECONDS)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("STORAGE_FULL", done.stderr)
        self.assertIn("\nsaved: ", done.stderr)
        self.assertIn("\nnext:  free some space and run the same command again\n", done.stderr)

    def test_a_store_that_another_process_owns_is_said_to_be_in_use(self):
        with open(self.home.path / "owner", "r+") as owner:
            fcntl.flock(owner, fcntl.LOCK_EX)
            result = self.home.try_run("report", "list")
            people = subprocess.run(
                [worlds.Binaries.dateline, "report", "list", "--home", self.home.path],
                capture_output=True, text=True, timeout=worlds.COMMAND_SECONDS)
        self.assertEqual((result.code, result.error["reason"]), (5, "STORE_IN_USE"))
        self.assertTrue(result.error["retry"])
        self.assertEqual(people.returncode, 5)
        self.assertEqual([line.split(":")[0] for line in people.stderr.splitlines()],
                         ["error", "saved", "next"])


class LimitTest(unittest.TestCase):
    def test_values_at_their_limit_are_taken(self):
        with worlds.World() as world:
            world.server.start()
            home = world.join("reporter", "reporter", "almaty", "Aigerim")
            room = BODY_BYTES_MAX - 8  # for what stands beside the words
            report = home.run("report", "new", "--headline", "x" * HEADLINE_BYTES_MAX,
                              "--slugline", "я" * (SLUGLINE_BYTES_MAX // 2),
                              "--urgency", "9", "--text", "-", stdin="x" * room)["id"]
            shown = home.report(report)
            self.assertEqual(len(shown["headline"]), HEADLINE_BYTES_MAX)
            self.assertEqual(len(shown["body"]), room)


if __name__ == "__main__":
    worlds.main()
