"""What an administrator does and meets: redaction, roles, a full or damaged disk."""

import resource
import unittest

import world as worlds

SECRET = "Zhanibekova"


def files_with(folder, words):
    """Regular files that hold these bytes anywhere, in whatever case."""
    wanted = words.lower().encode()
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                  if path.is_file() and not path.is_symlink()
                  and wanted in path.read_bytes().lower())


class AdminTest(unittest.TestCase):
    def setUp(self):
        self.world = worlds.World()
        self.addCleanup(self.world.close)
        self.server = self.world.server.start()
        self.reporter = self.join("reporter")

    def join(self, name, role="reporter"):
        return self.world.join(name, role, "almaty", name)

    def file(self, home, headline, body="A body."):
        return home.run("report", "new", "--headline", headline, "--submit",
                        "--text", "-", stdin=body)["id"]

    def datelined(self, *line, ok=True):
        return self.server.run(*line, "--data", self.server.data, ok=ok)

    # --- redaction ---------------------------------------------------------

    def test_redacted_words_are_in_no_file_of_anybody(self):
        desk = self.join("desk", "admin")
        report = self.file(self.reporter, f"{SECRET} speaks",
                           f"Said {SECRET}. The road is open.")
        other = self.file(self.reporter, "Another", f"Again {SECRET}.")
        self.world.sync_all(rounds=2)
        self.assertEqual(len(desk.run("report", "list", "--search", SECRET)["reports"]), 2)

        done = desk.run("redact", report, "--containing", SECRET, "--reason", "a minor")
        self.assertEqual(len(done["changes"]), 2)
        self.assertEqual([one["id"] for one in done["elsewhere"]], [other])
        self.assertFalse(desk.report(report)["redactions"][0]["inForce"])
        desk.run("redact", other, "--all", "--reason", "a minor")
        desk.sync()
        self.world.sync_all(rounds=2)
        self.join("later").sync()

        shown = self.reporter.report(report)
        self.assertTrue(shown["redactions"][0]["inForce"])
        self.assertEqual(shown["redactions"][0]["reason"], "a minor")
        self.assertEqual(len(set(self.world.digests().values())), 1)
        self.datelined("backup", self.world.path / "backup")
        self.assertEqual(files_with(self.world.path, SECRET), [])
        self.assertEqual(
            desk.run("report", "list", "--search", SECRET)["reports"], [])

    def test_a_redaction_survives_a_kill_at_once(self):
        desk = self.join("desk", "admin")
        report = self.file(self.reporter, f"{SECRET} speaks")
        self.world.sync_all(rounds=2)
        desk.run("redact", report, "--all")
        desk.sync()
        self.server.kill()
        self.server.start()
        self.assertEqual(len(set(self.world.digests().values())), 2, "one has not heard")
        self.world.sync_all(rounds=2)
        self.assertEqual(len(set(self.world.digests().values())), 1)
        self.assertEqual(files_with(self.world.path, SECRET), [])

    def test_what_cannot_be_redacted_is_told(self):
        report = self.file(self.reporter, "One")
        self.reporter.run("redact", report, code=2)
        self.reporter.run("redact", report, "--containing", "never written", code=1)
        self.reporter.run("redact", report, "0123", code=2)
        self.reporter.run("redact", "feedfeed", "--all", code=1)

    # --- roles -------------------------------------------------------------

    def test_a_new_role_brings_what_the_old_one_could_not_read(self):
        stringer = self.join("stringer", "stringer")
        reports = [self.file(self.reporter, f"Report {n}") for n in range(3)]
        self.world.sync_all(rounds=2)
        self.assertEqual(stringer.run("report", "list")["reports"], [])

        members = self.datelined("members", "--json").json
        self.assertEqual({row["name"]: row["role"] for row in members},
                         {"reporter": "reporter", "stringer": "stringer"})
        now = self.datelined("role", "stringer", "--assignment", "almaty",
                             "--role", "editor", "--json").json
        self.assertEqual(now["role"], "editor")
        stringer.sync()
        self.assertEqual({row["id"] for row in stringer.run("report", "list")["reports"]},
                         set(reports))
        self.assertEqual(len(set(self.world.digests().values())), 1)
        stringer.run("review", "approve", reports[0])
        stringer.sync()
        self.reporter.sync()
        self.assertEqual(self.reporter.report(reports[0])["status"], "approved")

        self.datelined("role", "stringer", "--assignment", "almaty", "--role", "none")
        self.file(self.reporter, "Not for him")
        self.reporter.sync()
        stringer.sync()
        self.assertEqual(len(stringer.run("report", "list")["reports"]), 3)

    def test_a_role_that_cannot_be_set_is_told(self):
        for line, code in (
                (("nobody", "--assignment", "almaty", "--role", "editor"), 3),
                (("reporter", "--assignment", "aktau", "--role", "editor"), 3),
                (("reporter", "--assignment", "almaty", "--role", "king"), 2),
                (("reporter", "--assignment", "almaty"), 2)):
            result = self.datelined("role", *line, ok=False)
            self.assertEqual(result.code, code, result)
            self.assertEqual(len(result.err.strip().splitlines()), 3, result)

    # --- a full disk -------------------------------------------------------

    def limit(self, size):
        """No file of the server may grow past this: its disk is full."""
        hard = resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def test_a_full_disk_loses_nothing_and_ends_nothing(self):
        desk = self.join("desk", "editor")
        first = self.file(self.reporter, "Before")
        self.world.sync_all(rounds=2)
        self.server.digest()  # once the view has it, too
        self.limit(1)
        second = self.file(self.reporter, "Meanwhile")
        result = self.reporter.try_run("sync", "--deadline", "30s")
        self.assertEqual(result.code, 5, result)
        self.assertEqual(result.error["code"], "DL-1015", result)
        self.assertTrue(result.error["retry"], result)
        status = self.datelined("status", "--json").json
        self.assertEqual(status["documents"], 1, "reading goes on")
        self.assertEqual(self.reporter.report(second)["whereabouts"], "onThisPhone")

        self.limit(resource.RLIM_INFINITY)
        self.reporter.sync()
        desk.sync()
        self.assertEqual(desk.report(second)["headline"], "Meanwhile")
        self.assertEqual(desk.report(first)["headline"], "Before")
        self.assertEqual(len(set(self.world.digests().values())), 1)

    # --- a damaged disk ----------------------------------------------------

    def spoil(self, name):
        self.server.stop()
        path = self.server.data / name
        content = bytearray(path.read_bytes())
        for at in range(0, len(content), 4096):
            content[at:at + 64] = b"\xa5" * 64
        path.write_bytes(content)

    def test_a_damaged_truth_is_refused_with_what_to_do(self):
        report = self.file(self.reporter, "One")
        self.reporter.sync()
        self.datelined("backup", self.world.path / "backup")
        self.spoil("truth.db")
        refused = self.server.run("serve", "--data", self.server.data, ok=False)
        self.assertEqual(refused.code, 7, refused)
        self.assertIn("datelined restore", refused.err)
        self.datelined("restore", self.world.path / "backup")
        self.server.start()
        self.reporter.sync()
        self.assertEqual(self.reporter.report(report)["headline"], "One")
        self.assertEqual(len(set(self.world.digests().values())), 1)


if __name__ == "__main__":
    worlds.main()
