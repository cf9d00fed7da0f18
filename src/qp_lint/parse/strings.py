"""Where each part of a string is written: scripts inside YAML, TOML and JSON, with their escapes, indentation and folds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qp_lint.text import Source, Span, assembled
from qp_lint.tree import Scalar

Piece = tuple[int, str]  # the offset where it is written, and the text

_ESCAPED = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|\r?\n[ \t]*|.)|[^\\]+", re.S)
_WORD = re.compile(r"\s*\S*")
_SPACE = re.compile(r"\s*")
_QUOTES = re.compile(r"""\\.|(?<![^\s;|&()])#[^\r\n]*|'[^']*'|"(?:\\.|[^"\\])*"|(?P<open>["'])""", re.S)


def embedded(nodes: Iterable[Scalar]) -> Source | None:
    """The strings of one file, one after the other, as a source with their places; None when nobody wrote them."""
    places = [(node, node.span) for node in nodes if node.span is not None]
    if not places:
        return None
    pieces = [piece for node, span in places for piece in pieces_of(span, str(node.value))]
    return assembled(places[0][1].source, pieces)


def pieces_of(span: Span, value: str) -> list[Piece]:
    """The parts of the string `value` that stands, in whatever notation, at `span`."""
    written = span.text
    if written == value:
        return [(span.start, value)]
    if written[:1] == '"':
        mark = 3 if written.startswith('"""') and len(written) >= 6 else 1
        pieces = list(_unescaped(span.start + mark, written[mark:-mark], value))
        if sum(len(text) for _, text in pieces) == len(value):
            return pieces
    first = 0
    if written[:1] in ("|", ">"):
        first = written.find("\n") + 1
    elif written[:1] in ("'", '"'):
        first = 3 if written[:3] in ("'''", '"""') else 1
    return list(_aligned(span.start, written, first, value))


def _unescaped(start: int, written: str, value: str) -> Iterator[Piece]:
    """The parts of a double-quoted string: what stands between escapes, and what each escape means."""
    at = 0
    for match in _ESCAPED.finditer(written):
        text = match[0]
        if text[0] != "\\":
            yield start + match.start(), value[at : at + len(text)]
            at += len(text)
        elif len(text) > 1 and text[1] in "\r\n":
            continue
        elif text[1:2] == "u" and 0xDC00 <= int(text[2:], 16) < 0xE000 and at and ord(value[at - 1]) > 0xFFFF:
            continue  # the second half of a pair that is one character
        else:
            yield start + match.start(), value[at : at + 1]
            at += 1


def _aligned(start: int, written: str, at: int, value: str) -> Iterator[Piece]:
    """The parts of a string of which only white space is written differently; what is not found in order stays near."""
    for line in value.splitlines(keepends=True):
        text = line.lstrip()
        found = _skip(written, at)
        if text and written.startswith(text.rstrip(), found):
            lead = len(line) - len(text)
            yield start + max(found - lead, 0), line
            at = found + len(text.rstrip())
            continue
        for match in _WORD.finditer(line):
            word = match[0].lstrip()
            found = _skip(written, at)
            if word and written.startswith(word, found):
                yield start + at, match[0][: len(match[0]) - len(word)]
                yield start + found, word
                at = found + len(word)
            elif match[0]:
                yield start + at, match[0]
                at = min(at + len(word) + word.count("'"), len(written))


def closed(text: str) -> bool:
    """Whether every quote of a shell text is closed, so that what is put behind it is not taken in."""
    return not any(match["open"] for match in _QUOTES.finditer(text))


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
