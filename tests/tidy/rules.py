"""The rules of tests/tidy. Each takes a Tree and yields violations."""

import ast
import dataclasses
import json
import pathlib
import re
import subprocess

import functions

LINES_PER_FUNCTION_MAX = 70  # STYLE 10
LINES_PER_FILE_MAX = 500  # STYLE 10

CODE = (".cc", ".h")
SIZED = CODE + (".proto", ".py", ".sql", ".ts", ".sh")


@dataclasses.dataclass(frozen=True)
class Violation:
    rule: str
    path: str  # from the root of the tree
    line: int  # 0: the whole file
    message: str
    subject: str = ""  # what an exception names, beside the path


class Tree:
    """The files of one source tree: all that git tracks or would add."""

    def __init__(self, root, build=None):
        self.root = pathlib.Path(root)
        self.build = pathlib.Path(build) if build else None
        self.files = sorted(self._list())

    def _list(self):
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "-C", self.root, "ls-files", "-coz", "--exclude-standard"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            names = [name for name in listed.split("\0") if name]
        else:
            names = [
                str(path.relative_to(self.root)) for path in self.root.rglob("*")
            ]
        return [name for name in names if (self.root / name).is_file()]

    def named(self, suffixes):
        return [name for name in self.files if name.endswith(suffixes)]

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8", errors="replace")

    def lines(self, name):
        return self.text(name).splitlines()


# ---- rooms ----------------------------------------------------------------

# Each room may include itself and what is listed.
ROOMS = {
    "protos": set(),
    "sync": {"protos"},
    "client-core": {"protos", "sync"},
    "server": {"protos", "sync"},
    "tests": {"protos", "sync", "client-core", "server", "deploy"},
    "deploy": {"protos", "sync", "client-core", "server"},
}
_GRPC = re.compile(r"^(grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$")
_SQL = re.compile(r"^sqlite3\.h$|^sync/host/sqlite")
_MACHINE = re.compile(r"^sync/(host|stream)/")
# (folder, what it must not include, why)
INNER = [
    *(
        (f"sync/{room}/", pattern, f"sync/{room} is pure")
        for room in ("base", "model", "text", "wire", "merge", "compose", "protocol")
        for pattern in (_GRPC, _SQL, _MACHINE)
    ),
    ("sync/host/", _GRPC, "sync/host knows no network"),
    ("sync/host/", re.compile("^sync/stream/"), "sync/stream stands right of it"),
    *(
        (f"server/{room}/", pattern, why)
        for room in ("storage", "trust", "ingest", "view", "desk")
        for pattern, why in (
            (_GRPC, "only services and app know gRPC"),
            (re.compile("^server/(services|gateway|app)/"), "it stands below those"),
        )
    ),
    *(
        (f"server/{room}/", _SQL, "only server/storage knows SQL")
        for room in ("trust", "ingest", "view", "desk", "services", "gateway")
    ),
    ("server/storage/", re.compile("^server/(trust|ingest|view|desk)/"), "storage stands below"),
    (
        "client-core/include/",
        re.compile("^(client-core|sync/(?!base|model|merge))"),
        "a public header needs only protos, sync/base, sync/model and sync/merge",
    ),
]
_INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def room_of_include(include):
    if include.startswith("dateline/v1/"):
        return "protos"
    if include.startswith("dateline/"):
        return "client-core"
    first = include.split("/")[0]
    return first if first in ROOMS and "/" in include else None


def includes(tree):
    for name in tree.named(CODE):
        room = name.split("/")[0]
        for number, line in enumerate(tree.lines(name), 1):
            match = _INCLUDE.match(line)
            if not match:
                continue
            include = match.group(1)
            target = room_of_include(include)
            if ".." in include.split("/"):
                yield Violation("include", name, number, f"{include}: name it from the root")
            if room in ROOMS and target not in (None, room) and target not in ROOMS[room]:
                yield Violation(
                    "include", name, number, f"{room} may not include {target} ({include})"
                )
            for folder, pattern, why in INNER:
                if name.startswith(folder) and pattern.search(include):
                    yield Violation("include", name, number, f"{include}: {why}")


# ---- sizes ----------------------------------------------------------------


def file_sizes(tree):
    for name in tree.named(SIZED):
        lines = len(tree.lines(name))
        if lines > LINES_PER_FILE_MAX:
            yield Violation(
                "file-size", name, 0, f"{lines} lines, at most {LINES_PER_FILE_MAX}"
            )


def _python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def function_sizes(tree):
    for name in tree.named(CODE + (".py",)):
        find = _python_functions if name.endswith(".py") else functions.functions
        for function, line, lines in find(tree.text(name)):
            if lines > LINES_PER_FUNCTION_MAX:
                yield Violation(
                    "function-size",
                    name,
                    line,
                    f"{function}: {lines} lines, at most {LINES_PER_FUNCTION_MAX}",
                    function,
                )


# ---- registration, notes, paths, packages ---------------------------------


def unregistered(tree):
    """A source that no target compiles: a test of it would never run."""
    if tree.build is None:
        return
    root = str(tree.root.resolve())
    commands = json.loads((tree.build / "compile_commands.json").read_text())
    compiled = {
        str(pathlib.Path(entry["directory"], entry["file"]).resolve()).removeprefix(root + "/")
        for entry in commands
    }
    for name in tree.named((".cc",)):
        if name not in compiled:
            yield Violation("unregistered", name, 0, "no CMake target compiles it")


_NOTE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b(.*)")
_REASON = re.compile(r"^\([^)]+\): \w+ \w+")


def notes(tree):
    """Unfinished work says why it waits: a name in brackets and a sentence."""
    for name in tree.named(SIZED + (".txt", ".cmake")):
        for number, line in enumerate(tree.lines(name), 1):
            match = _NOTE.search(line)
            if match and not (match.group(1)[0] == "T" and _REASON.match(match.group(2))):
                yield Violation(
                    "note", name, number, f"{match.group(1)} needs (issue N): and a reason"
                )


_PLACES = re.compile(
    r"(?<![\w./-])/(?:work|root|home/\w+|Users/\w+)/"
    r"|https?://[\w.-]*(?:deb\.debian\.org|snapshot\.debian\.org|pypi\.org"
    r"|registry\.npmjs\.org|crates\.io|proxy\.golang\.org)"
)


def places(tree):
    """A commit holds no machine's path and no registry's address."""
    for name in tree.files:
        if name.startswith("tests/tidy/") or name.endswith((".zst", ".png", ".bin")):
            continue
        for number, line in enumerate(tree.lines(name), 1):
            match = _PLACES.search(line)
            if match:
                yield Violation("place", name, number, f"{match.group(0)} is one machine's")


def packages(tree):
    """README gives the reason of each package, and of none that is not used."""
    if "deploy/packages" not in tree.files or "README.md" not in tree.files:
        return
    listed = {
        line.split("#")[0].strip()
        for line in tree.lines("deploy/packages")
        if line.split("#")[0].strip() and not line.startswith("[")
    }
    named = set(re.findall(r"`([^`\s]+)`", tree.text("README.md")))
    for package in sorted(listed - named):
        yield Violation("package", "README.md", 0, f"does not name {package}")


_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def links(tree):
    """A page's links within the tree lead somewhere."""
    for name in tree.named((".md",)):
        for number, line in enumerate(tree.lines(name), 1):
            for target in _LINK.findall(line):
                if "://" in target:
                    continue
                if not (tree.root / name).parent.joinpath(target).exists():
                    yield Violation("link", name, number, f"{target} is not there")


# ---- layout ---------------------------------------------------------------


def layout(tree):
    """clang-format over everything, in batches."""
    names = tree.named(CODE)
    for first in range(0, len(names), 50):
        run = subprocess.run(
            ["clang-format", "--dry-run", "-Werror", *names[first : first + 50]],
            cwd=tree.root,
            capture_output=True,
            text=True,
        )
        seen = set()
        for match in re.finditer(r"^(\S+?):(\d+):\d+: error", run.stderr, re.MULTILINE):
            if match.group(1) not in seen:
                seen.add(match.group(1))
                yield Violation(
                    "layout", match.group(1), int(match.group(2)), "run clang-format -i on it"
                )
        if run.returncode and not seen:
            yield Violation("layout", names[first], 0, run.stderr.strip())


ALL = {
    "include": includes,
    "file-size": file_sizes,
    "function-size": function_sizes,
    "unregistered": unregistered,
    "note": notes,
    "place": places,
    "package": packages,
    "link": links,
    "layout": layout,
}
