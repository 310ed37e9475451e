"""Finds C++ functions and their lengths without a compiler.

A block that opens at namespace or class level behind a head with
parentheses, and that is no namespace, class or enum, is a function. Its
length runs from the first line of its head to its closing brace.
"""

import re

# What may not be read as code: comments, raw strings, strings, characters.
_NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|R"([^()\\\s]*)\(.*?\)\1"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_SCOPE = re.compile(
    r"\b(namespace|class|struct|union|enum)\b(?![^{]*\)\s*(const|override|final|noexcept)*\s*$)"
    r'|\bextern\s*$'
)
_LABEL = re.compile(r"^\s*(public|private|protected)\s*:\s*")


def blank(text):
    """Comments, strings and directives as spaces; line breaks stay."""
    spaces = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    return _DIRECTIVE.sub(spaces, _NOT_CODE.sub(spaces, text))


def functions(text):
    """Yields (name, first line from 1, number of lines)."""
    code = blank(text)
    scopes = []  # True for a namespace or a class, False for any other block
    head, head_start, found = "", None, None
    line = 1
    for at, char in enumerate(code):
        if char == "\n":
            line += 1
        if not all(scopes):  # inside a body: only its braces matter
            if char == "{":
                scopes.append(False)
            elif char == "}":
                scopes.pop()
                if all(scopes) and found:
                    follows = code[at + 1 :].lstrip()[:1]
                    if follows in (",", "{"):  # a member's initializer
                        head += "}"
                    else:
                        yield found[0], found[1], line - found[1] + 1
                        head, head_start = "", None
                    found = None
            continue
        if char == "{":
            scopes.append(bool(_SCOPE.search(head)))
            if scopes[-1] or "(" not in head:
                head, head_start = "", None
            else:
                found = (_name(head), head_start)
        elif char == "}":
            if scopes:
                scopes.pop()
            head, head_start = "", None
        elif char == ";":
            head, head_start = "", None
        else:
            if head_start is None and not char.isspace():
                head_start = line
            head += char
            if char == ":" and _LABEL.match(head):
                head, head_start = "", None


def _name(head):
    test = re.match(r"\s*(?:TYPED_)?TEST(?:_F|_P)?\s*\(\s*(\w+)\s*,\s*(\w+)", head)
    if test:
        return f"{test.group(1)}.{test.group(2)}"
    match = re.search(r"([\w~:<>=!+\-*/&|\[\]]+)\s*\(", head)
    return match.group(1).strip(":") if match else "?"
