#!/usr/bin/env python3
"""Runs clang-tidy over what changed, or over all.

Usage: clang_tidy.py [--root TREE] [--build BUILD] [--all | --base REVISION | FILE...]

Changed = since the branch left origin/main; on main itself, in the last four
commits (or all that a shallow clone has); plus what is not committed. A header
is read through the source that tidy_headers generates for it. Exits 1 on any
warning.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

COMMITS_ON_MAIN = 4  # at 5 s a file, what the suite has time for


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


def units(root, build):
    """{name from the root: source to give to clang-tidy}."""
    found = {}
    headers = str(build / "headers") + "/"
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = str(pathlib.Path(entry["directory"], entry["file"]))
        if source.startswith(headers):
            name = source.removeprefix(headers).removesuffix(".cc")
            found[name.replace("__", "/")] = source
        elif not source.startswith(str(build) + "/"):
            found[str(pathlib.Path(source).relative_to(root))] = source
    return {name: at for name, at in found.items() if "/fixtures/" not in name}


def inspect(build, source):
    """Runs clang-tidy on one source; returns (failed, what it said)."""
    run = subprocess.run(
        ["clang-tidy", "--quiet", "-p", str(build), source],
        capture_output=True,
        text=True,
    )
    noise = re.compile(r"^\d+ warnings? (generated|treated)", re.MULTILINE)
    text = run.stdout + "".join(
        line + "\n" for line in run.stderr.splitlines() if not noise.match(line)
    )
    return run.returncode != 0, text


def chosen(arguments, root, known):
    if arguments.all:
        return set(known)
    if arguments.files:
        return set(arguments.files)
    base = arguments.base or os.environ.get("DATELINE_TIDY_BASE") or base_of(root)
    return changed(root, base) if base else set(known)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=pathlib.Path, default=".")
    parser.add_argument("--build", type=pathlib.Path, default="build/dev")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--base")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    root, build = arguments.root.resolve(), arguments.build.resolve()
    known = units(root, build)
    sources = {known[name] for name in chosen(arguments, root, known) if name in known}
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for bad, text in pool.map(lambda at: inspect(build, at), sorted(sources)):
            if bad:
                failed += 1
                print(text, flush=True)
    print(f"clang-tidy: {len(sources)} files, {failed} with warnings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
