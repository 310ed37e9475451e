#!/usr/bin/env python3
"""Runs clang-tidy over what changed, or over all.

Usage: clang_tidy.py [--root TREE] [--build BUILD] [--jobs N]
                     [--all | --base REVISION | FILE...]

Changed = since the branch left origin/main; on main itself, in the last four
commits (or all that a shallow clone has); plus what is not committed. A header
is read through the sources that include it, or through the one that
tidy_headers generates for it. What was said of a source is kept in
BUILD/clang-tidy until it, a header of it, its command or .clang-tidy changes,
so a run that was stopped goes on where it was. Exits 1 on any warning.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys

COMMITS_ON_MAIN = 4  # at 5 s a file, what the suite has time for
FOLDERS = ("sync", "client-core", "server", "tests")


def git(root, *arguments):
    run = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True
    )
    return run.stdout.strip() if run.returncode == 0 else ""


def base_of(root):
    """The revision to compare with; empty when there is no history."""
    head = git(root, "rev-parse", "HEAD")
    fork = git(root, "merge-base", "HEAD", "origin/main")
    if fork and fork != head:
        return fork
    commits = git(
        root, "rev-list", "--first-parent", f"-n{COMMITS_ON_MAIN + 1}", "HEAD"
    ).split()
    return commits[-1] if commits else ""


def changed(root, base):
    """Names of files changed since base, committed or not."""
    names = git(root, "diff", "--name-only", "--diff-filter=d", base)
    new = git(root, "ls-files", "--others", "--exclude-standard")
    return set((names + "\n" + new).split("\n")) - {""}


class Unit:
    """A source as the build compiles it; `name` is the file it stands for."""

    def __init__(self, name, entry):
        self.name = name
        self.source = str(pathlib.Path(entry["directory"], entry["file"]))
        self.directory = entry["directory"]
        self.command = shlex.split(entry["command"])

    def reads(self):
        """All files that it includes, itself first."""
        command, skip = [], False
        for word in self.command:
            if not skip and word not in ("-c", "-o"):
                command.append(word)
            skip = word == "-o"
        at = next(i for i, word in enumerate(command) if "clang" in word)
        listed = subprocess.run(
            [*command[at:], "-M"], cwd=self.directory, capture_output=True, text=True
        ).stdout.replace("\\\n", " ")
        found = [str(pathlib.Path(self.directory, name)) for name in listed.split()[1:]]
        return found or [self.source]


def units(root, build):
    """{name from the root: Unit}."""
    found = {}
    headers = str(build / "headers") + "/"
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = str(pathlib.Path(entry["directory"], entry["file"]))
        if source.startswith(headers):
            name = source.removeprefix(headers).removesuffix(".cc").replace("__", "/")
        elif source.startswith(str(build) + "/"):
            continue
        else:
            name = str(pathlib.Path(source).relative_to(root))
        if "/fixtures/" not in name:
            found[name] = Unit(name, entry)
    return found


@functools.lru_cache(maxsize=None)
def digest_of(path):
    try:
        return hashlib.blake2b(pathlib.Path(path).read_bytes()).hexdigest()
    except OSError:
        return "gone"


class Memory:
    """What clang-tidy said, and of what: one file a unit."""

    def __init__(self, root, build):
        self.folder = build / "clang-tidy"
        self.folder.mkdir(exist_ok=True)
        version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True)
        self.rules = version.stdout + digest_of(str(root / ".clang-tidy"))

    def _file(self, unit):
        return self.folder / (unit.name.replace("/", "__") + ".json")

    def _key(self, unit, reads):
        of = [self.rules, *unit.command, *map(digest_of, reads)]
        return hashlib.blake2b("\0".join(of).encode()).hexdigest()

    def recall(self, unit):
        """{"said", "reads", ...} or None."""
        try:
            kept = json.loads(self._file(unit).read_text())
        except (OSError, ValueError):
            return None
        return kept if kept["key"] == self._key(unit, kept["reads"]) else None

    def keep(self, unit, reads, said):
        kept = {"key": self._key(unit, reads), "said": said, "reads": reads}
        part = self._file(unit).with_suffix(".part")
        part.write_text(json.dumps(kept))
        part.rename(self._file(unit))
        return kept


_NOISE = re.compile(r"^\d+ warnings? (generated|treated)")


def inspect(build, memory, unit):
    """Reads one source, unless it was read as it stands."""
    kept = memory.recall(unit)
    if kept is not None:
        return kept
    reads = unit.reads()
    run = subprocess.run(
        ["clang-tidy", "--quiet", "-p", str(build), unit.source],
        capture_output=True,
        text=True,
    )
    lines = [line for line in run.stderr.splitlines() if not _NOISE.match(line)]
    said = run.stdout + "".join(line + "\n" for line in lines)
    if -run.returncode in (signal.SIGINT, signal.SIGTERM):
        raise KeyboardInterrupt  # in mid-source: keep nothing
    return memory.keep(unit, reads, said if run.returncode else "")


class Findings:
    """Warnings, each shown once however many sources include its line."""

    def __init__(self):
        self.seen = set()
        self.files = 0

    def add(self, said):
        blocks = re.split(r"^(?=\S[^\n]*:\d+:\d+: (?:warning|error): )", said, flags=re.M)
        new = [one for one in blocks if one.strip() and one not in self.seen]
        self.seen.update(new)
        if new:
            self.files += 1
            print("".join(new), flush=True)


def inspect_all(chosen, build, memory, jobs, findings):
    """Inspects units; returns every file that they read."""
    reads = set()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        tasks = {pool.submit(inspect, build, memory, unit): unit for unit in chosen}
        try:
            done = concurrent.futures.as_completed(tasks)
            for number, task in enumerate(done, 1):
                kept = task.result()
                print(f"[{number}/{len(tasks)}] {tasks[task].name}", flush=True)
                reads.update(kept["reads"])
                findings.add(kept["said"])
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return reads


def choose(arguments, root, known):
    """Names of the files to inspect."""
    if arguments.all:
        return {name for name in known if name.startswith(FOLDERS)}
    if arguments.files:
        under = tuple(name.rstrip("/") + "/" for name in arguments.files)
        return {
            name for name in known if name in arguments.files or name.startswith(under)
        }
    base = arguments.base or os.environ.get("DATELINE_TIDY_BASE") or base_of(root)
    if not base:
        print("clang-tidy: no history to tell what changed; --all reads everything")
        return set()
    return changed(root, base) & set(known)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=pathlib.Path, default=".")
    parser.add_argument("--build", type=pathlib.Path, default="build/dev")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--base")
    parser.add_argument("files", nargs="*", help="files or folders")
    arguments = parser.parse_args()
    root, build = arguments.root.resolve(), arguments.build.resolve()
    known, memory = units(root, build), Memory(root, build)
    names = choose(arguments, root, known)
    findings = Findings()
    try:
        sources = [known[name] for name in sorted(names) if name.endswith(".cc")]
        reads = inspect_all(sources, build, memory, arguments.jobs, findings)
        rest = [known[n] for n in sorted(names) if n.endswith(".h") and str(root / n) not in reads]
        inspect_all(rest, build, memory, arguments.jobs, findings)
    except KeyboardInterrupt:
        print("clang-tidy: stopped; what was read is kept, the next run goes on")
        return 130
    print(f"clang-tidy: {len(sources) + len(rest)} files, {findings.files} with warnings")
    return 1 if findings.files else 0


if __name__ == "__main__":
    sys.exit(main())
