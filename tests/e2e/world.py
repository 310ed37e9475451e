"""Real programs in one folder: a server, devices and the link between them.

A World can be copied while nothing runs in it (`copy`), so that a long
beginning is played once and many endings are tried from it.
"""

import atexit
import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as xml

SLOWNESS = int(os.environ.get("DATELINE_SLOWNESS", "1"))  # of a sanitizer
START_SECONDS = 20 * SLOWNESS
COMMAND_SECONDS = 60 * SLOWNESS


class Binaries:
    """Where ctest says the programs are (see CMakeLists.txt)."""

    dateline = os.environ.get("DATELINE_CLI", "")
    datelined = os.environ.get("DATELINE_SERVER_BINARY", "")
    relay = os.environ.get("DATELINE_RELAY", "")
    kill_at_sync = os.environ.get("DATELINE_KILL_AT_SYNC", "")
    results = os.environ.get("DATELINE_RESULTS", "")
    sanitized = bool(os.environ.get("DATELINE_SANITIZED", ""))


class Failed(AssertionError):
    """A command that did not end as the test said it would."""


class Result:
    """What a command left: its exit code, its JSON, its talk."""

    def __init__(self, line, code, out, err):
        self.line, self.code, self.out, self.err = line, code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        """The error object that --json prints on stderr."""
        return json.loads(self.err.strip().splitlines()[-1])["error"]

    def __repr__(self):
        return f"`{' '.join(map(str, self.line))}` = {self.code}\n{self.out}{self.err}"


def _environment(**extra):
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("DATELINE_") and key not in ("EDITOR", "VISUAL")
    }
    clean["TZ"] = "UTC"
    clean.update({key: str(value) for key, value in extra.items() if value})
    return clean


def wait_until(condition, what, seconds=START_SECONDS):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise Failed(f"{what}: not within {seconds} s")


def through(code, address):
    """An enrolment code that dials another address than the server's."""
    ticket = base64.urlsafe_b64decode(code[4:] + "=" * (-len(code[4:]) % 4))
    assert ticket[0] == 0x0A  # EnrolmentTicket.address
    ticket = bytes([0x0A, len(address)]) + address.encode() + ticket[2 + ticket[1]:]
    return "dl1." + base64.urlsafe_b64encode(ticket).decode().rstrip("=")


class Server:
    """`datelined serve` over one data directory."""

    def __init__(self, data):
        self.data = pathlib.Path(data)
        self.process = None

    def start(self, **extra):
        (self.data / "address.json").unlink(missing_ok=True)
        self.log = open(f"{self.data}.log", "ab")
        self.process = subprocess.Popen(
            [Binaries.datelined, "serve", "--data", self.data,
             "--listen", "127.0.0.1:0", "--enrol-listen", "127.0.0.1:0"],
            env=_environment(**extra), stdout=self.log, stderr=self.log)
        wait_until(self._ready, "datelined serve")
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise Failed(f"datelined ended with {self.process.returncode}: "
                         + pathlib.Path(f"{self.data}.log").read_text())
        try:
            self.address = json.loads((self.data / "address.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        return True

    def stop(self):
        """Drains, as an operator stops it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(START_SECONDS)
            self.log.close()
            self.process = None

    def kill(self):
        """As a power cut stops it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(START_SECONDS)
            self.log.close()
            self.process = None

    def wait_dead(self):
        self.process.wait(START_SECONDS)
        self.log.close()
        self.process = None

    def run(self, *line, ok=True):
        done = subprocess.run([Binaries.datelined, *map(str, line)],
                              env=_environment(), capture_output=True,
                              text=True, timeout=COMMAND_SECONDS)
        result = Result(line, done.returncode, done.stdout, done.stderr)
        if ok and done.returncode != 0:
            raise Failed(repr(result))
        return result

    def invite(self, role, assignment, name="", person=""):
        """A single-use code; `person`: for one more device of somebody."""
        who = ("--person", person) if person else ("--name", name)
        out = self.run("invite", "--data", self.data, "--role", role,
                       "--assignment", assignment, *who).out
        return next(word for word in out.split() if word.startswith("dl1."))

    def back_up(self, to):
        self.run("backup", to, "--data", self.data)

    def go_back_to(self, backup):
        """The operator loses the server's disk and restores a backup."""
        self.stop()
        shutil.rmtree(self.data)
        self.run("restore", backup, "--data", self.data)
        self.start()

    def person(self, name):
        """The id of somebody in the roster, in hex."""
        truth = sqlite3.connect(f"file:{self.data}/truth.db?mode=ro", uri=True)
        (roster,) = truth.execute(
            "SELECT roster FROM rosters ORDER BY version DESC LIMIT 1").fetchone()
        truth.close()
        entry = b"\x0a\x0c(.{12})\x12" + bytes([len(name)]) + name.encode()
        return re.search(entry, roster, re.DOTALL).group(1).hex()

    def digest(self):
        """Of the view, as a device computes its own (client-core Verify)."""
        status = wait_until(self._caught_up, "the server's view", COMMAND_SECONDS)
        digest = hashlib.blake2b(b"dateline/view/1\0", digest_size=32)
        for one in sorted(status["assignments"], key=lambda one: one["id"]):
            digest.update(bytes.fromhex(one["viewDigest"]))
        return digest.hexdigest()

    def _caught_up(self):
        status = self.run("status", "--data", self.data, "--json").json
        return status if status["viewBehind"] == 0 else None


class Relay:
    """A link between devices and the server that can be cut at a byte."""

    def __init__(self, target):
        self.process = subprocess.Popen(
            [Binaries.relay, target], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.port = self._answer()["port"]

    def _answer(self):
        return json.loads(self.process.stdout.readline())

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise Failed(f"relay: {words}: {answer}")
        return answer

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def wait_fault(self):
        """Until the planned fault happened; False if it never did."""
        try:
            return wait_until(lambda: self.tell("counts")["faults"], "fault", 5)
        except Failed:
            return False

    def close(self):
        self.process.stdin.close()
        self.process.wait(START_SECONDS)
        self.process.stdout.close()


class Home:
    """A device: one folder of `dateline`."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.path = world.path / name
        self.via = None  # a relay's address in place of the server's
        self.extra = {}  # environment of every command

    def start(self, *line, stdin=None, **extra):
        """Begins a command; `finish` waits for it."""
        environment = _environment(
            DATELINE_SERVER=self.via or self.world.address(),
            **{**self.extra, **extra})
        return subprocess.Popen(
            [Binaries.dateline, *map(str, line), "--home", self.path, "--json"],
            env=environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL)

    def finish(self, process, line, stdin=None):
        out, err = process.communicate(stdin, timeout=COMMAND_SECONDS)
        return Result([self.name, *map(str, line)], process.returncode, out, err)

    def try_run(self, *line, stdin=None, **extra):
        """Runs a command, however it ends."""
        return self.finish(self.start(*line, stdin=stdin, **extra), line, stdin)

    def run(self, *line, stdin=None, code=0, **extra):
        """Runs a command that must end with `code`; returns its JSON."""
        result = self.try_run(*line, stdin=stdin, **extra)
        if result.code != code:
            raise Failed(f"exit {result.code}, not {code}: {result!r}")
        return result.json if result.out else None

    def sync(self, **extra):
        return self.run("sync", "--deadline", f"{30 * SLOWNESS}s", **extra)

    def digest(self):
        verified = self.run("verify")
        if verified["problems"]:
            raise Failed(f"{self.name}: {verified['problems']}")
        return verified["viewDigest"]

    def report(self, report):
        return self.run("report", "show", report)

    def copy_store(self, to):
        shutil.copytree(self.path, to)

    def replace_store(self, source):
        shutil.rmtree(self.path)
        shutil.copytree(source, self.path)


class World:
    """A server and its devices, in one folder."""

    def __init__(self, source=None):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="dateline-e2e-"))
        atexit.register(shutil.rmtree, self.path, ignore_errors=True)
        if source is not None:
            shutil.rmtree(self.path)
            shutil.copytree(source, self.path,
                            ignore=lambda _, names: [n for n in names if n.endswith(".sock")])
        self.server = Server(self.path / "server")
        self.homes = {}
        self.relays = []
        for path in sorted(self.path.iterdir()):
            if path.is_dir() and path.name != "server":
                self.homes[path.name] = Home(self, path.name)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()
        if kind is not None and os.environ.get("DATELINE_KEEP"):
            kept = f"{self.path}-kept"
            shutil.copytree(self.path, kept)
            print(f"kept {kept}")
        shutil.rmtree(self.path, ignore_errors=True)

    def close(self):
        self.server.kill()
        for relay in self.relays:
            relay.close()
        self.relays = []

    def copy(self):
        """Another world that goes on from here. Nothing may run in this one."""
        return World(self.path)

    def address(self):
        address = getattr(self.server, "address", None)
        return address["sync"] if address else "127.0.0.1:1"

    def relay(self, target=None):
        relay = Relay(target or self.address())
        self.relays.append(relay)
        return relay

    def join(self, name, role, assignment, person):
        """A new device of a new person."""
        home = self.homes[name] = Home(self, name)
        home.run("init", self.server.invite(role, assignment, person),
                 "--name", f"{person}'s device")
        return home

    def __getattr__(self, name):
        try:
            return self.__dict__["homes"][name]
        except KeyError:
            raise AttributeError(name) from None

    def sync_all(self, order=None, rounds=1):
        for _ in range(rounds):
            for name in order or sorted(self.homes):
                self.homes[name].sync()

    def digests(self):
        """Of the view on every replica, the server included."""
        out = {name: home.digest() for name, home in sorted(self.homes.items())}
        out["server"] = self.server.digest()
        return out


def kill_hard(process):
    process.send_signal(signal.SIGKILL)
    process.wait(START_SECONDS)


class _Recorder(unittest.TextTestResult):
    """Remembers each case for the suite's count (tests/support/count.py)."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.cases = []

    def startTest(self, test):
        super().startTest(test)
        self.cases.append(test.id())

    def write(self, path):
        bad = [one.id() for one, _ in self.failures + self.errors]
        suite = xml.Element("testsuite")
        for name in self.cases:
            case = xml.SubElement(suite, "testcase", name=name, status="run")
            if any(one.startswith(name) for one in bad):
                xml.SubElement(case, "failure")
            if any(one.id() == name for one, _ in self.skipped):
                xml.SubElement(case, "skipped")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        xml.ElementTree(suite).write(path)


def main():
    """Runs the cases of the calling file."""
    program = unittest.main(
        exit=False, testRunner=unittest.TextTestRunner(verbosity=2, resultclass=_Recorder))
    if Binaries.results:
        program.result.write(Binaries.results)
    sys.exit(not program.result.wasSuccessful())
