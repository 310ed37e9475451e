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

CODE = (".cc", ".h", ".c")
NOT_SOURCES = ("build", ".git")  # where there is no git to say so
SIZED = CODE + (".proto", ".py", ".sql", ".ts", ".tsx", ".mjs", ".css", ".sh")


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
        listed = self._git_list()
        if listed is not None:
            names = [name for name in listed.split("\0") if name]
        else:
            names = [
                str(path.relative_to(self.root))
                for path in self.root.rglob("*")
                if path.relative_to(self.root).parts[0] not in NOT_SOURCES
            ]
        return [name for name in names if (self.root / name).is_file()]

    def _git_list(self):
        """None in a tree without git's folder, or in another user's."""
        if not (self.root / ".git").exists():
            return None
        run = subprocess.run(
            ["git", "-C", self.root, "ls-files", "-coz", "--exclude-standard"],
            capture_output=True,
            text=True,
        )
        return run.stdout if run.returncode == 0 else None

    def named(self, suffixes):
        return [name for name in self.files if name.endswith(suffixes)]

    def scripts(self):
        """Programs without a suffix, as tests/all."""
        return [
            name
            for name in self.files
            if "." not in name.rsplit("/", 1)[-1] and self.text(name).startswith("#!")
        ]

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
# Inside a room the same, by the READMEs of sync, server and client-core.
_VALUES = {"base", "model", "text", "wire"}
FOLDERS = {
    "sync": {
        "base": set(),
        "model": {"base"},
        "text": {"base", "model"},
        "wire": {"base", "model", "text"},
        "merge": _VALUES,
        "compose": _VALUES | {"merge"},
        "protocol": _VALUES | {"merge"},
        "host": {"base", "model"},
        "stream": _VALUES | {"merge", "protocol"},
    },
    "server": {
        "log": set(),
        "storage": {"log"},
        "trust": {"log", "storage"},
        "ingest": {"log", "storage", "trust"},
        "view": {"log", "storage", "trust", "ingest"},
        "desk": {"log", "storage", "trust", "ingest", "view"},
        "session": {"log", "storage", "trust", "ingest", "view", "app"},
    },
    "client-core": {"store": set()},
}
_GRPC = re.compile(r"^(grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$")
_SQL = re.compile(r"^sqlite3\.h$|^sync/host/sqlite")
# (folder, what it must not include, why)
INNER = [
    *(
        (f"sync/{folder}/", pattern, f"sync/{folder} is pure")
        for folder in ("base", "model", "text", "wire", "merge", "compose", "protocol")
        for pattern in (_GRPC, _SQL)
    ),
    ("sync/host/", _GRPC, "sync/host knows no network"),
    *(
        (f"server/{folder}/", _GRPC, "only services and app know gRPC")
        for folder in ("log", "storage", "trust", "ingest", "view", "desk", "session")
    ),
    *(
        (f"server/{folder}/", _SQL, "only server/storage knows SQL")
        for folder in ("trust", "ingest", "view", "desk", "session", "services", "gateway")
    ),
    (
        "client-core/include/",
        re.compile("^(client-core|sync/(?!base|model|merge))"),
        "a public header needs only protos, sync/base, sync/model and sync/merge",
    ),
    (
        "client-core/cli/",
        re.compile("^(client-core/(?!cli)|sync/(?!base|model|compose|host))"),
        "the CLI knows the product through dateline/client.h",
    ),
    (
        "client-core/examples/",
        re.compile("^(client-core|sync/(?!base|model))"),
        "an example includes what an embedder has",
    ),
    ("", re.compile("^(mutex|condition_variable|shared_mutex)$"), "use sync/base/mutex.h"),
]
_INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def room_of_include(include):
    if include.startswith("dateline/v1/"):
        return "protos"
    if include.startswith("dateline/"):
        return "client-core"
    first = include.split("/")[0]
    return first if first in ROOMS and "/" in include else None


def _inner_order(name, include):
    """Why a folder may not include another of its room; None if it may."""
    room, _, rest = name.partition("/")
    folder, target = rest.split("/")[0], include.removeprefix(room + "/").split("/")[0]
    may = FOLDERS.get(room, {}).get(folder)
    if may is None or not include.startswith(room + "/"):
        return None
    return None if target in may | {folder} else f"{room}/{folder} stands below {target}"


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
            whys = [
                why
                for folder, pattern, why in INNER
                if name.startswith(folder) and pattern.search(include)
            ]
            if why := _inner_order(name, include):
                whys.append(why)
            for why in whys:
                yield Violation("include", name, number, f"{include}: {why}")


# ---- sizes ----------------------------------------------------------------


def file_sizes(tree):
    for name in tree.named(SIZED) + tree.scripts():
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


_TARGET = re.compile(r" -o \S*CMakeFiles/([^/]+)\.dir/")


def _compiled(tree):
    """{source: the target that compiles it}."""
    root = str(tree.root.resolve())
    found = {}
    for entry in json.loads((tree.build / "compile_commands.json").read_text()):
        source = str(pathlib.Path(entry["directory"], entry["file"]).resolve())
        target = _TARGET.search(entry["command"])
        found[source.removeprefix(root + "/")] = target.group(1) if target else ""
    return found


def unregistered(tree):
    """What never runs: a source that no target compiles, a test whose program
    or script ctest is not told of."""
    if tree.build is None:
        return
    lists = sorted(tree.build.rglob("CTestTestfile.cmake"))
    run = "\n".join(path.read_text() for path in lists)
    compiled = _compiled(tree)
    for name in tree.named((".cc", ".c")):
        if name not in compiled:
            yield Violation("unregistered", name, 0, "no CMake target compiles it")
        elif name.endswith("_test.cc") and f'/{compiled[name]}"' not in run:
            yield Violation("unregistered", name, 0, f"no test runs {compiled[name]}")
    for name in tree.named(("_test.py", "selftest.py")):
        if f'/{name}"' not in run:
            yield Violation("unregistered", name, 0, "no CMakeLists.txt registers it")


_NOTE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b(.*)")
_REASON = re.compile(r"^\([^)]+\): \w+ \w+")


def notes(tree):
    """Unfinished work says why it waits: a name in brackets and a sentence."""
    for name in tree.named(SIZED + (".txt", ".cmake")) + tree.scripts():
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
