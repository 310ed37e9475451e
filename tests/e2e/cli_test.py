"""The CLI with a real store and a real server: imports, links, neighbours."""

import json
import pathlib
import signal
import socket
import subprocess
import threading
import time
import unittest

import world as worlds
from terminal import Terminal

HEADLINE_BYTES_MAX = 1000


def corpus(path, count, first=1):
    lines = [json.dumps({"id": n, "title": f"Wire {n}", "dateline": "ALMATY",
                         "topics": ["unrest"], "body": f"Dispatch {n}. Город {n}."})
             for n in range(first, first + count)]
    path.write_text("\n".join(lines) + "\n")
    return path


class CliTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World()
        cls.world.server.start()
        cls.home = cls.world.join("reporter", "reporter", "almaty", "Aigerim")

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def reports(self, home=None):
        return (home or self.home).run("report", "list", "--limit", "0")["reports"]

    def joined(self, name, role="reporter"):
        return self.world.join(name, role, "almaty", name)

    # --- what comes out ----------------------------------------------------

    def test_a_report_goes_in_and_comes_out(self):
        made = self.home.run(
            "report", "new", "--headline", "Аэропорт закрыт", "--located", "Алматы",
            "--country", "KZ", "--urgency", "2", "--subject", "airport",
            "--subject", "تظاهرات", "--ed-note", "call back",
            "--embargoed-until", "2022-01-10T06:00+06:00", "--text", "-",
            stdin="أغلق المطار.\nҚала тыныш.\n")
        report = self.home.report(made["id"][:10])
        self.assertEqual(report["headline"], "Аэропорт закрыт")
        self.assertEqual(report["located"], {"name": "Алматы", "country": "KZ"})
        self.assertEqual(report["urgency"], 2)
        self.assertEqual(sorted(report["subjects"]), ["airport", "تظاهرات"])
        self.assertEqual(report["edNote"], "call back")
        self.assertEqual(report["embargoedUntil"], "2022-01-10T00:00:00Z")
        self.assertEqual(report["body"], "أغلق المطار.\nҚала тыныш.")
        self.assertEqual(report["status"], "draft")
        self.assertEqual(report["whereabouts"], "onThisPhone")
        self.assertEqual(report["assignment"], "almaty")

    def test_versions_can_be_listed_compared_and_read_again(self):
        report = self.home.run("report", "new", "--headline", "one", "--text", "-",
                               stdin="First words.")["id"]
        self.home.run("report", "edit", report, "--headline", "two")
        self.home.run("report", "edit", report, "--text", "-", stdin="Second words.")
        versions = self.home.run("report", "log", report)["versions"]
        self.assertGreaterEqual(len(versions), 3)
        fields = {f["field"]: f["parts"]
                  for f in self.home.run("report", "diff", report, "1")["fields"]}
        self.assertEqual({p["kind"] for p in fields["headline"]} - {"same"},
                         {"removed", "added"})
        self.assertIn("body", fields)
        first = self.home.run("report", "show", report, "--at", "1")
        self.assertEqual(first["headline"], "one")

    def test_an_approval_may_name_an_older_version(self):
        editor = self.joined("careful_editor", "editor")
        report = editor.run("report", "new", "--headline", "as read", "--text", "-",
                            stdin="As read.")["id"]
        editor.run("report", "edit", report, "--headline", "as changed later")
        editor.run("review", "approve", report, "--at", "1")
        shown = editor.report(report)
        approval = shown["workflow"]["approvals"][0]
        self.assertNotEqual(approval["version"], shown["version"])
        self.assertTrue(approval["newerExists"])
        for digit in "3456789":  # no number of a version, but hashes begin so
            self.assertEqual(
                editor.try_run("review", "approve", report, "--at", digit).code, 2)

    def test_a_submission_that_never_left_is_taken_back_unseen(self):
        report = self.home.run("report", "new", "--headline", "too early", "--submit",
                               "--text", "-", stdin="Wait.")["id"]
        self.assertEqual(self.home.report(report)["status"], "submitted")
        self.home.run("report", "take-back", report)
        self.assertEqual(self.home.report(report)["status"], "draft")

    def test_search_finds_cyrillic_and_arabic(self):
        self.home.run("report", "new", "--headline", "Вокзал", "--text", "-",
                      stdin="Поезда стоят на вокзале. القطارات متوقفة")
        for word in ("поезда", "القطارات"):
            found = self.home.run("report", "list", "--search", word)["reports"]
            self.assertEqual([r["headline"] for r in found], ["Вокзал"], word)

    def test_withdrawn_is_a_word_in_tables_not_a_colour(self):
        statement = self.home.run("statement", "add", "--source", "Akimat",
                                  "--figure", "evacuated | Aktau | | 40")["id"]
        self.home.run("statement", "retract", statement, "--reason", "miscounted")
        report = self.home.run("report", "new", "--headline", "evacuation", "--text", "-",
                               stdin="They took 40 people out.")["id"]
        self.home.run("cite", report, f"{statement}#1", "--words", "40")
        for line, mark in ((("ledger",), "✗ RETRACTED"),
                           (("statement", "show", statement), "✗ RETRACTED"),
                           (("notices",), "✗ RETRACTED"),
                           (("statement", "list"), "✗ WITHDRAWN"),
                           (("report", "list"), "✗ WITHDRAWN FIGURE"),
                           (("report", "show", report), "✗ RETRACTED\n")):
            shown = self.people(*line)
            self.assertIn(mark, shown, line)
            self.assertNotIn("\x1b", shown)

    def people(self, *line):
        """What a person reads."""
        done = subprocess.run(
            [worlds.Binaries.dateline, *line, "--home", self.home.path],
            capture_output=True, text=True, timeout=worlds.COMMAND_SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def on_terminal(self, *line, **extra):
        return Terminal(self.home, *line, **extra).finish()

    def test_colour_is_for_terminals_that_want_it(self):
        statement = self.home.run("statement", "add", "--source", "Akimat",
                                  "--figure", "flooded | Atyrau | | 7")["id"]
        self.home.run("statement", "retract", statement)
        self.assertIn("\x1b[9m", self.on_terminal("ledger")[1])
        plain = self.on_terminal("ledger", NO_COLOR="1")[1]
        self.assertNotIn("\x1b", plain)
        self.assertIn("✗ RETRACTED", plain)

    def test_an_import_shows_its_progress_on_a_terminal(self):
        path = corpus(self.world.path / "bar.jsonl", 250)
        code, shown = self.on_terminal("import", path, "--map", "headline=title")
        self.assertEqual(code, 0, shown)
        self.assertIn("[####", shown)
        self.assertIn("imported 250 reports", shown)

    # --- import ------------------------------------------------------------

    def test_importing_again_adds_nothing(self):
        home = self.joined("importer")
        path = corpus(self.world.path / "wire.jsonl", 450)
        line = ("import", path, "--map", "headline=title,located=dateline,subjects=topics")
        first = home.run(*line)
        self.assertEqual((first["read"], first["added"]), (450, 450))
        again = home.run(*line)
        self.assertEqual((again["added"], again["already"]), (0, 450))
        rows = self.reports(home)
        self.assertEqual(len({r["headline"] for r in rows}), 450)
        report = home.report(next(r["id"] for r in rows if r["headline"] == "Wire 7"))
        self.assertEqual(report["body"], "Dispatch 7. Город 7.")
        self.assertEqual(report["externalId"], "wire:7")
        self.assertEqual(report["subjects"], ["unrest"])

    def test_an_interrupted_import_is_whole_and_goes_on(self):
        home = self.joined("interrupted")
        path = corpus(self.world.path / "long.jsonl", 5000)
        line = ("import", path, "--map", "headline=title")
        process = home.start(*line)
        time.sleep(0.4)
        process.send_signal(signal.SIGINT)
        stopped = home.finish(process, line)
        self.assertIn(stopped.code, (0, 6, -2), stopped)
        count = len(self.reports(home))
        self.assertEqual(count % 200, 0, "a batch is whole")
        done = home.run(*line)
        self.assertEqual(done["added"], 5000 - count)
        self.assertEqual(len(self.reports(home)), 5000)

    def test_a_bad_line_is_named_and_what_came_before_is_kept(self):
        home = self.joined("badline")
        path = corpus(self.world.path / "bad.jsonl", 10)
        path.write_text(path.read_text() + "{not json\n")
        failed = home.try_run("import", path, "--map", "headline=title")
        self.assertEqual(failed.code, 1)
        self.assertIn("line 11", failed.error["sentence"])
        self.assertEqual(len(self.reports(home)), 10)

    def test_a_line_over_a_limit_is_named_and_what_came_before_is_kept(self):
        home = self.joined("longline")
        path = self.world.path / "long-title.jsonl"
        path.write_text("".join(
            json.dumps({"id": n, "headline": "x" * (HEADLINE_BYTES_MAX + (n == 3))}) + "\n"
            for n in range(1, 6)))
        failed = home.try_run("import", path)
        self.assertEqual(failed.code, 1)
        self.assertEqual(failed.error["reason"], "TOO_LARGE")
        self.assertIn("line 3", failed.error["sentence"])
        self.assertEqual(len(self.reports(home)), 2)

    # --- device and link ---------------------------------------------------

    def test_a_device_that_has_not_joined_is_a_configuration_error(self):
        stranger = worlds.Home(self.world, "stranger")
        for line in (("report", "list"), ("sync",), ("status",)):
            self.assertEqual(stranger.try_run(*line).code, 3, line)

    def test_a_code_works_once_and_nonsense_never(self):
        code = self.world.server.invite("reporter", "almaty", "Marat")
        one = worlds.Home(self.world, "marat")
        one.run("init", code)
        two = worlds.Home(self.world, "thief")
        used = two.try_run("init", code)
        self.assertEqual(used.code, 4, used)
        self.assertEqual(used.error["reason"], "CODE_USED")
        self.assertNotEqual(two.try_run("init", "dl1.nonsense").code, 0)
        self.assertEqual(one.try_run("init", code).code, 3, "it has joined")

    def test_no_server_is_unreachable_and_keeps_everything(self):
        home = self.joined("lonely")
        home.run("report", "new", "--headline", "safe", "--text", "-", stdin="Safe.")
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            home.via = f"127.0.0.1:{nobody.getsockname()[1]}"
            result = home.try_run("sync", "--deadline", "3s")
        self.assertEqual(result.code, 5, result)
        self.assertTrue(result.error["retry"])
        saved = json.loads(result.err.strip().splitlines()[-1])["saved"]
        self.assertIn("nothing is lost", saved)
        home.via = None
        self.assertGreater(home.sync()["sentChanges"], 0)

    def test_a_server_that_stops_answering_is_given_up(self):
        home = self.joined("patient")
        home.run("report", "new", "--headline", "slow", "--text", "-", stdin="Slow.")
        relay = self.world.relay()
        relay.tell("stall", "down", 2000)
        home.via = relay.address
        begin = time.monotonic()
        result = home.try_run("sync", "--deadline", "3s")
        self.assertLess(time.monotonic() - begin, 15)
        self.assertEqual(result.code, 5, result)
        home.via = None
        home.sync()

    def test_another_certificate_authority_is_never_trusted(self):
        with worlds.World() as other:
            other.server.start()
            home = self.joined("careful")
            home.run("report", "new", "--headline", "secret", "--text", "-", stdin="Secret.")
            home.via = other.address()
            result = home.try_run("sync", "--deadline", "5s")
            self.assertEqual(result.code, 3, result)
            self.assertEqual(result.error["reason"], "WRONG_CA")

    def watch(self, home, seconds):
        """What `sync --watch` printed until so long after its first error, and
        how it ended."""
        process = home.start("sync", "--watch")
        end = threading.Timer(worlds.COMMAND_SECONDS, process.kill)
        end.start()
        errors = [process.stderr.readline()]
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        errors += process.stderr.readlines()
        out = process.stdout.read()
        code = process.wait()
        end.cancel()
        process.stderr.close()
        process.stdout.close()
        return code, out, [json.loads(line) for line in errors]

    def test_a_watch_says_once_that_it_reaches_nobody(self):
        home = self.joined("deserted")
        home.run("report", "new", "--headline", "safe", "--text", "-", stdin="Safe.")
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            home.via = f"127.0.0.1:{nobody.getsockname()[1]}"
            code, out, errors = self.watch(home, 4)
        self.assertEqual((code, out), (5, ""))
        self.assertEqual([one["error"]["reason"] for one in errors], ["UNAVAILABLE_NOW"])
        self.assertIn("nothing is lost", errors[0]["saved"])
        self.assertIn("tries again", errors[0]["next"])

    def test_a_watch_says_that_it_met_another_authority(self):
        with worlds.World() as other:
            other.server.start()
            home = self.joined("wary")
            home.via = other.address()
            code, out, errors = self.watch(home, 2)
            self.assertEqual((code, out), (3, ""))
            self.assertEqual([one["error"]["reason"] for one in errors], ["WRONG_CA"])
            # Nothing of a library stands between our lines.
            process = home.start("sync", "--deadline", "5s", "--verbose")
            _, err = process.communicate(timeout=worlds.COMMAND_SECONDS)
            lines = [json.loads(line) for line in err.splitlines()]
            self.assertEqual([list(line)[0] for line in lines], ["log", "error"])

    def test_a_hung_sync_lets_another_command_save(self):
        home = self.joined("unhurried")
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            home.via = f"127.0.0.1:{silent.getsockname()[1]}"
            sync = home.start("sync", "--deadline", "20s")
            time.sleep(1)
            home.run("report", "new", "--headline", "saved is saved", "--text", "-", stdin="x")
            self.assertIsNone(sync.poll(), "it goes on")
            sync.send_signal(signal.SIGKILL)
            sync.communicate()

    def test_a_second_command_gets_in_while_sync_watches(self):
        home = self.joined("watcher")
        watch = home.start("sync", "--watch")
        try:
            time.sleep(1)
            for n in range(3):
                home.run("report", "new", "--headline", f"meanwhile {n}", "--text", "-",
                         stdin="Written beside the watcher.")
            desk = self.joined("watched_by", "editor")
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                desk.sync()
                if sum(r["headline"].startswith("meanwhile") for r in self.reports(desk)) == 3:
                    break
                time.sleep(0.2)
            else:
                self.fail("the watcher did not send what another command wrote")
        finally:
            watch.send_signal(signal.SIGINT)
            out, err = watch.communicate(timeout=20)
        self.assertEqual(watch.returncode, 0, err)
        for line in out.splitlines():
            json.loads(line)

    def test_a_clock_ten_years_off_harms_nothing(self):
        library = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
        if library is None or worlds.Binaries.sanitized:
            self.skipTest("no libfaketime, or a sanitizer that it would upset")
        for name, offset in (("ahead", "+3650d"), ("behind", "-3650d")):
            home = self.joined(f"clock_{name}")
            home.extra = {"LD_PRELOAD": library, "FAKETIME": offset,
                          "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            report = home.run("report", "new", "--headline", f"clock {name}", "--submit",
                              "--text", "-", stdin="What year is it?")["id"]
            home.sync()
            editor = self.joined(f"editor_{name}", "editor")
            editor.sync()
            self.assertEqual(editor.report(report)["headline"], f"clock {name}")
            editor.run("report", "edit", report, "--headline", f"clock {name}, edited")
            editor.sync()
            home.sync()
            self.assertEqual(home.report(report)["headline"], f"clock {name}, edited")
            self.assertEqual(home.report(report)["conflicts"], 0)

    def test_a_damaged_store_is_an_integrity_error_and_is_not_made_worse(self):
        home = self.joined("damaged")
        home.run("report", "new", "--headline", "whole", "--text", "-", stdin="x" * 50000)
        store = max(home.path.rglob("*.db"), key=lambda path: path.stat().st_size)
        for part in home.path.glob(store.name + "-*"):
            part.unlink()
        content = bytearray(store.read_bytes())
        for at in range(4096, len(content), 4096):
            content[at:at + 64] = b"\xa5" * 64
        store.write_bytes(content)
        result = home.try_run("verify")
        self.assertEqual(result.code, 7, result)
        self.assertEqual(store.read_bytes(), bytes(content))

    def test_the_demo_fills_a_workspace_once(self):
        top = pathlib.Path(__file__).resolve().parents[2]
        build = pathlib.Path(worlds.Binaries.dateline).parents[2]
        with worlds.World() as world:
            world.server.start()
            homes = world.path / "homes"
            counts = []
            for _ in range(2):
                done = subprocess.run(
                    [top / "deploy/demo", "--bin", build, "--data", world.server.data,
                     "--homes", homes], capture_output=True, text=True,
                    timeout=worlds.COMMAND_SECONDS)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("dateline --home", done.stdout)
                desk = worlds.Home(world, "homes/desk")
                counts.append((len(self.reports(desk)), desk.digest()))
            self.assertEqual(counts[0], counts[1])
            self.assertEqual(counts[0][0], 2)
            self.assertEqual(len(desk.run("conflicts")["conflicts"]), 2)
            self.assertEqual(len(desk.run("rivals")["rows"]), 1)

    def test_a_role_that_may_not_is_held_and_told(self):
        """Whoever may not decide still loses no word; the desk sees no effect."""
        report = self.home.run("report", "new", "--headline", "mine", "--submit",
                               "--text", "-", stdin="Mine.")["id"]
        self.home.run("review", "approve", report)
        synced = self.home.try_run("sync", "--deadline", "30s").json
        synced = self.home.try_run("sync", "--deadline", "30s").json or synced
        shown = self.home.report(report)
        self.assertEqual(len(shown["held"]), 1)
        self.assertEqual(shown["held"][0]["why"], "role")
        self.assertEqual(shown["status"], "submitted")

        server = self.world.server
        held = server.run("held", "--data", server.data, "--json").json
        mine = [row for row in held if row["document"].startswith(report)]
        self.assertEqual([row["why"] for row in mine], ["role"])
        release = ("release", mine[0]["change"], "--data", server.data)
        server.run(*release)
        again = server.run(*release, ok=False)
        self.assertIn("NOT_FOUND", again.err)
        self.home.sync()
        shown = self.home.report(report)
        self.assertEqual(shown["held"], [])
        self.assertEqual(shown["status"], "approved")


if __name__ == "__main__":
    worlds.main()
