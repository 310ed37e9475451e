#!/usr/bin/env python3
"""Breaks the text engine in one place at a time and expects a test to say so.

Usage: mutants.py --build BUILD [--only NAME]

Each mutant is one source with one passage replaced, compiled and linked into
text_test or text_laws_test in place of the real one; the test that is named
must fail. Exits 1 if one passes, or if a passage is not in the source exactly
once (the engine moved on: move the mutant along).
"""

import argparse
import json
import pathlib
import shlex
import subprocess
import sys

LAWS = "text_laws_test"
TESTS = "text_test"
ORDER = (LAWS, "*AHundredThousandWorlds*")
GRAPHS = (TESTS, "MergeTest.EqualsTheNaiveReference*")

# name, file, the passage, what it becomes, (program, tests that must fail),
# and for a header the source that is compiled with it.
MUTANTS = [
    ("siblings by local number", "replay.cc",
     "return GoesBefore(own, edit(other.edit));",
     "return turn < other.edit;", ORDER),
    ("siblings the other way round", "replay.cc",
     "return GoesBefore(own, edit(other.edit));",
     "return GoesBefore(edit(other.edit), own);", ORDER),
    ("siblings by device alone", "replay.cc",
     "std::tie(b.device, b.incarnation, b.seq, b.hash)",
     "std::tie(a.device, b.incarnation, b.seq, b.hash)", ORDER),
    ("right origins the other way round", "sequence.h",
     "if (other < own_right) break;\n      if (other > own_right) continue;",
     "if (other > own_right) break;\n      if (other < own_right) continue;",
     ORDER, "replay.cc"),
    ("never on the left of what follows", "sequence.h",
     "right != kNoRun && runs_[right].record.left == record.left;",
     "false;", ORDER, "replay.cc"),
    ("into the next sibling's words", "sequence.h",
     "PlaceBefore(Leftmost(next), run);", "PlaceBefore(next, run);",
     ORDER, "replay.cc"),
    ("into the last sibling's words", "sequence.h",
     "PlaceBehind(Rightmost(before), run);", "PlaceBehind(before, run);",
     ORDER, "replay.cc"),
    ("a tail keeps its head's origin", "sequence.cc",
     "tail.left = tail.id - 1;", "", ORDER),
    ("deleted words are no neighbours", "sequence.cc",
     "if (next == kNoRun || record(next).state > 0) return next;",
     "if (next == kNoRun || record(next).state == 1) return next;", ORDER),
    ("a position past the end is taken", "replay.cc",
     "if (position + length > size) return false;",
     "if (position + length > size + 1) return false;",
     (TESTS, "MergeTest.APositionIsValid*")),
    ("backspaces go forward", "replay.cc",
     "return run.kind == RunKind::kDeleteBackward ? run.position - run.length",
     "return false ? run.position - run.length", GRAPHS),
    ("a retreat leaves deletions", "replay.cc",
     "for (const IdRange& range : deleted(turn)) StepRange(range, -1);", "",
     ORDER),
    ("two heads are one", "history.cc",
     "critical_[turn] = heads == 1;", "critical_[turn] = heads <= 2;", ORDER),
    ("later parents are forgotten", "history.cc",
     "if (lowest_parent < turn) critical_[turn] = false;", "", ORDER),
    ("a gap is its scalar", "guard.cc",
     "(inside ? 1 : 2)", "1", ORDER),
    ("ranges that share an end do not meet", "guard_pairs.cc",
     "at->interval.low <= outer.interval.high",
     "at->interval.low < outer.interval.high", ORDER),
    ("whoever came later closed it", "guard.cc",
     "if (accept(turn) && HasWordIn(turn, shared)) closers.push_back(turn);",
     "if (accept(turn)) closers.push_back(turn);", ORDER),
    ("held deletions are made", "slice.cc",
     "if (replay_.Counts(deleter.turn) && Counts(deleter.turn)) return false;",
     "if (Counts(deleter.turn)) return false;", GRAPHS),
    ("a voice hears its rivals", "voices.cc",
     "if (CompetesWithAny(turn, *voice)) return;", "", ORDER),
    ("backspaces join anything", "hunks.cc",
     "if (run.position + run.length == cursor && (back || last.length == 1)) {",
     "if (run.position + run.length <= cursor && (back || last.length == 1)) {",
     (TESTS, "ReplicaTest.*")),
]


class Workshop:
    def __init__(self, root, build):
        self.root = root
        self.build = build
        self.folder = build / "mutants"
        entries = json.loads((build / "compile_commands.json").read_text())
        self.compile = {
            pathlib.Path(entry["file"]).name: entry["command"]
            for entry in entries
            if "/dateline_text.dir/" in entry["command"]
        }

    def link_of(self, program):
        commands = subprocess.run(
            ["ninja", "-C", self.build, "-t", "commands", program],
            capture_output=True, text=True, check=True,
        ).stdout.splitlines()
        return commands[-1].removeprefix(": && ").removesuffix(" && :")

    def kill(self, number, mutant):
        """True if the test fails; a string if there is no such mutant."""
        _, file, passage, replacement, (program, tests), *unit = mutant
        unit = unit[0] if unit else file
        source = (self.root / "sync/text" / file).read_text()
        if source.count(passage) != 1:
            return f"the passage is there {source.count(passage)} times"
        folder = self.folder / str(number) / "sync/text"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(source.replace(passage, replacement))
        if unit != file:
            text = (self.root / "sync/text" / unit).read_text()
            (folder / unit).write_text(text)
        object_file = folder / f"{unit}.o"
        command = shlex.split(self.compile[unit])
        command[command.index("-o") + 1] = str(object_file)
        command[-1] = str(folder / unit)
        command.insert(command.index("-c"), "-Wno-error")
        # Its own folder first, so that a mutated header is found.
        includes = [i for i, word in enumerate(command) if word[:2] == "-I"]
        command.insert(includes[0], f"-I{self.folder / str(number)}")
        built = subprocess.run(
            command, cwd=self.build, capture_output=True, text=True
        )
        if built.returncode != 0:
            return f"it does not compile:\n{built.stderr[-2000:]}"
        binary = folder / program
        link = shlex.split(self.link_of(program))
        link[link.index("-o") + 1] = str(binary)
        link.insert(link.index("-o"), str(object_file))
        subprocess.run(link, cwd=self.build, check=True, capture_output=True)
        run = subprocess.run(
            [binary, f"--gtest_filter={tests}", "--gtest_fail_fast"],
            capture_output=True, timeout=300,
        )
        binary.unlink()
        return run.returncode != 0 and b"Running 0 tests" not in run.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[3]
    workshop = Workshop(root, arguments.build.resolve())
    alive = 0
    for number, mutant in enumerate(MUTANTS):
        if arguments.only not in mutant[0]:
            continue
        killed = workshop.kill(number, mutant)
        verdict = "killed" if killed is True else killed or "ALIVE"
        print(f"{verdict}: {mutant[0]} ({' '.join(mutant[4])})", flush=True)
        alive += killed is not True
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
