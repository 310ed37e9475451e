"""A server in trouble, as its reporters and its owner see it."""

import json
import unittest

import world as worlds

PAGE = 4096


def spoil(path, first, last=None):
    """Overwrites pages of a file, as a failing disk does."""
    content = bytearray(path.read_bytes())
    pages = len(content) // PAGE
    for page in range(int(first * pages), pages if last is None else last):
        content[page * PAGE:(page + 1) * PAGE] = b"\xa5" * PAGE
    path.write_bytes(content)


class ServerTest(unittest.TestCase):
    def setUp(self):
        self.world = worlds.World()
        self.addCleanup(self.world.close)
        self.server = self.world.server.start()
        self.home = self.world.join("almaty", "reporter", "almaty", "Aigerim")
        lines = "".join(json.dumps({"id": n, "headline": f"h {n}", "body": "b" * 4000}) + "\n"
                        for n in range(60))
        corpus = self.world.path / "corpus.jsonl"
        corpus.write_text(lines)
        self.home.run("import", corpus)
        self.home.sync()
        self.server.digest()

    def log(self):
        return (self.world.path / "server.log").read_text()

    def test_a_damaged_truth_never_sends_a_reporter_to_repair_his_phone(self):
        other = self.world.join("bishkek", "reporter", "almaty", "Bakyt")
        self.server.stop()
        self.server.start()  # a start finds damage by itself, and refuses
        spoil(self.server.data / "truth.db", 0.5)
        result = other.try_run("sync", "--deadline", "20s")
        self.assertEqual(result.code, 5, result)
        self.assertEqual(result.error["reason"], "UNAVAILABLE_NOW")
        self.assertTrue(result.error["retry"])
        self.assertIn("desk's server", result.error["sentence"])
        self.assertIn("ERROR session DL-1020 STORAGE_DAMAGED", self.log())
        rebuilt = self.server.run("rebuild-view", "--data", self.server.data, ok=False)
        self.assertEqual(rebuilt.code, 7, rebuilt)
        self.server.stop()
        self.home.digest()  # what the phone has is as it was

    def test_a_damaged_view_is_set_aside_and_built_again(self):
        digest = self.server.digest()
        self.server.stop()
        spoil(self.server.data / "view.db", 0)
        self.server.start()
        self.assertIn("view.db was damaged", self.log())
        self.assertEqual(self.server.digest(), digest)
        self.assertTrue((self.server.data / "view.db.damaged").exists())
        self.home.sync()


if __name__ == "__main__":
    worlds.main()
