"""How deeply Python text nests, found without a parser: libcst's native parser overflows its stack where CPython's gives up."""

from __future__ import annotations

import re

BRACKETS = 100  # CPython refuses more than 200
CHAIN = 400  # links of one expression (`a + b + …`, `x.a.b…`, `not not …`), each a level of the tree
PATTERN = 8  # brackets in a `case`: libcst needs twice to four times as long for each
TOKEN = re.compile(
    r"""(?P<prefix>\b[rRbBfFuUtT]{1,2})?(?:(?P<long>\"\"\"|''')(?:[^\\]|\\.)*?(?P=long)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |\#[^\n]*|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>[,;])|(?P<line>\n[ \t]*(?P<word>elif\b|case\b)?)|\\\r?\n
    |(?P<link>\*\*|//|<<|>>|[-+*/%@~&|^.]|\b(?:not|lambda|if|else|and|or|await|yield)\b)""",
    re.X | re.S,
)


def too_deep(text: str) -> int | None:
    """The offset where a text nests deeper than libcst can be trusted with, None for ordinary text."""
    levels = [0]  # links so far at each open bracket
    links = elifs = 0
    limit = BRACKETS
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "link":
            links += 1
            levels[-1] += 1
        elif kind == "open":
            levels.append(0)
            if len(levels) > limit:
                return match.start()
        elif kind == "close":
            if len(levels) > 1:
                links -= levels.pop()
            links += 1
            levels[-1] += 1
        elif kind == "comma":
            links -= levels[-1]
            levels[-1] = 0
        elif kind in ("line", "word"):
            if len(levels) == 1:
                links = levels[0] = 0
                limit = PATTERN if match["word"] == "case" else BRACKETS
                elifs += match["word"] == "elif"
        elif match[0][0] != "#" and match[0][0] != "\\":
            links += 1
            levels[-1] += 1
            prefix = match["prefix"]
            if prefix and not set("fFtT").isdisjoint(prefix) and _template_depth(match[0]) > BRACKETS:
                return match.start()
        if links + len(levels) > CHAIN or elifs > CHAIN:
            return match.start()
    return None


def _template_depth(string: str) -> int:
    """The deepest nesting or longest chain inside the braces of an f-string."""
    depth = deepest = links = 0
    for match in re.finditer(r"\{\{|\}\}|[({\[]|[)}\]]|[-+*/%@~&|^.]|\b(?:not|lambda|if|and|or|await)\b", string):
        token = match[0]
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth = max(depth - 1, 0)
            links = 0 if depth == 0 else links
        elif depth and len(token) != 2:
            links += 1
        deepest = max(deepest, depth + links)
    return deepest
