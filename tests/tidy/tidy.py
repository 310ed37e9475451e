#!/usr/bin/env python3
"""Holds the tree to the house's rules; prints what breaks them.

Usage: tidy.py --root TREE [--build BUILD] [RULE...]
Rules: see rules.py. `tests/tidy/exceptions` lists what is allowed anyway,
`RULE PATH[:FUNCTION]  # reason` a line; a line that nothing needs any longer
is a violation itself. Exits 1 if there is any.
"""

import argparse
import re
import sys

import rules

_EXCEPTION = re.compile(r"^(\S+)\s+([^\s:]+)(?::(\S+))?\s+#\s*(\S.*)$")


def read_exceptions(tree):
    """Returns ({(rule, path, function): line}, [violations])."""
    name = "tests/tidy/exceptions"
    allowed, wrong = {}, []
    if name not in tree.files:
        return allowed, wrong
    for number, line in enumerate(tree.lines(name), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _EXCEPTION.match(line)
        if match and match.group(1) in rules.ALL:
            allowed[match.group(1, 2, 3)] = number
        else:
            wrong.append(
                rules.Violation("exception", name, number, "RULE PATH[:FUNCTION]  # reason")
            )
    return allowed, wrong


def check(tree, names):
    """All violations of the rules named, without those excepted."""
    allowed, found = read_exceptions(tree)
    used = set()
    for rule in names:
        for violation in rules.ALL[rule](tree):
            key = (rule, violation.path, violation.subject or None)
            if key in allowed:
                used.add(key)
            else:
                found.append(violation)
    for key, number in allowed.items():
        if key[0] in names and key not in used:
            found.append(
                rules.Violation(
                    "exception", "tests/tidy/exceptions", number, "nothing needs it: remove it"
                )
            )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", required=True)
    parser.add_argument("--build")
    parser.add_argument("rules", nargs="*", choices=[[], *rules.ALL], default=[])
    arguments = parser.parse_args()
    tree = rules.Tree(arguments.root, arguments.build)
    found = check(tree, arguments.rules or list(rules.ALL))
    for violation in found:
        place = violation.path + (f":{violation.line}" if violation.line else "")
        print(f"{place}: {violation.rule}: {violation.message}")
    print(f"tidy: {len(tree.files)} files, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
