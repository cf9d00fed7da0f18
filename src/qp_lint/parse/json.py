"""JSON with places: what Python's `json.load` accepts, no more and no less (checked by a property test)."""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, JSONDecoder
from json.decoder import scanstring as _scan  # type: ignore[attr-defined]  # the library's own: escapes are read as it reads them
from typing import NoReturn

from qp_lint.parse import ParseError
from qp_lint.text import Source
from qp_lint.tree import Entry, Mapping, Node, Plain, Scalar, Sequence

DEPTH = 500  # json.load itself gives up near 1,000
_ROWS = 2000  # a list at the top this long is a data set, of which the rest is not read

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Plain] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
_WORD = re.compile("|".join(_WORDS))
_DECODER = JSONDecoder()


def parse_json(source: Source, unread: frozenset[str] = frozenset()) -> Node:
    """The value of a JSON text; of an object's repeated keys the last counts.  Raises ParseError.

    What stands at the keys `unread` is checked by the library, which is quick, and null in the result.
    """
    if source.bom:
        raise ParseError("not valid JSON: it begins with a byte order mark, which json.load refuses")
    return _Reader(source, source.text, unread).read()


_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.S)
_TRAILING = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.S)


def parse_commented_json(source: Source) -> Node:
    """The value of a JSON text with comments and trailing commas, as VS Code writes them.  Raises ParseError."""
    text = source.text
    for pattern in (_COMMENT, _TRAILING):
        text = pattern.sub(lambda match: match[1] or re.sub(r"[^\n]", " ", match[0]), text)
    return _Reader(source, text).read()


class _Open:
    """An object or array that is being read."""

    __slots__ = ("close", "entries", "items", "key", "span", "start")

    def __init__(self, start: int, is_object: bool) -> None:
        self.start = start
        self.close = "}" if is_object else "]"
        self.entries: dict[str, Entry] = {}
        self.items: list[Node] = []
        self.key = ""
        self.span = (0, 0)


class _Reader:
    def __init__(self, source: Source, text: str, unread: frozenset[str] = frozenset()) -> None:
        self.source = source
        self.text = text
        self.unread = unread
        self.at = 0
        self.stack: list[_Open] = []

    def read(self) -> Node:
        """The whole text, without recursion."""
        while True:
            node: Node | None = self.value()
            while node is not None:
                if not self.stack:
                    self.end()
                    return node
                node = self.after(node)
                if node is not None and not self.stack and isinstance(node, Sequence) and node.open:
                    return node

    def value(self) -> Node | None:
        """The scalar or empty collection here; None when a collection was opened and its first value is next."""
        start = self.skip()
        char = self.text[start : start + 1]
        if self.unread and self.stack and self.stack[-1].close == "}" and self.stack[-1].key in self.unread:
            return self.passed(start)
        if char == '"':
            value = self.string()
            return Scalar(value, self.text[start + 1 : self.at - 1], span=self.source.span(start, self.at))
        if char not in ("{", "["):
            return self.plain(start)
        if len(self.stack) >= DEPTH:
            raise ParseError(f"nested more than {DEPTH} levels deep", start)
        self.at += 1
        opened = _Open(start, char == "{")
        if self.text.startswith(opened.close, self.skip()):
            self.at += 1
            return self.closed(opened)
        self.stack.append(opened)
        if opened.close == "}":
            self.key(opened)
        return None

    def passed(self, start: int) -> Scalar:
        """A value that nobody asks for."""
        try:
            _, self.at = _DECODER.raw_decode(self.text, start)
        except JSONDecodeError as error:
            raise ParseError(f"not valid JSON: {error.msg[0].lower()}{error.msg[1:]}", error.pos) from None
        except RecursionError:
            raise ParseError(f"nested more than {DEPTH} levels deep", start) from None
        except ValueError:
            raise ParseError("not valid JSON: a number with more digits than Python reads", start) from None
        return Scalar(None, "", span=self.source.span(start, self.at))

    def plain(self, start: int) -> Scalar:
        """A number or a word."""
        text = self.text
        value: Plain
        if match := _NUMBER.match(text, start):
            whole, fraction, exponent = match.groups()
            try:
                value = float(match[0]) if fraction or exponent else int(whole)
            except ValueError:  # Python converts at most 4,300 digits
                raise ParseError("not valid JSON: a number with more digits than Python reads", start) from None
        elif match := _WORD.match(text, start):
            value = _WORDS[match[0]]
        else:
            self.refuse("a value")
        self.at = match.end()
        return Scalar(value, match[0], span=self.source.span(start, self.at))

    def string(self) -> str:
        """The string whose opening quote stands here."""
        value: str
        try:
            value, self.at = _scan(self.text, self.at + 1, True)
        except JSONDecodeError as error:
            raise ParseError(f"not valid JSON: {error.msg[0].lower()}{error.msg[1:]}", error.pos) from None
        return value

    def key(self, opened: _Open) -> None:
        """The `"key":` here."""
        start = self.skip()
        if not self.text.startswith('"', start):
            self.refuse("a key in double quotes")
        opened.key = self.string()
        opened.span = (start, self.at)
        if not self.text.startswith(":", self.skip()):
            self.refuse("`:`")
        self.at += 1

    def after(self, node: Node) -> Node | None:
        """File a value under the innermost open collection: that collection if it ends here, None when a value follows."""
        opened = self.stack[-1]
        if opened.close == "}":
            opened.entries[opened.key] = Entry(node, self.source.span(*opened.span))
        else:
            opened.items.append(node)
        char = self.text[self.skip() : self.at + 1]
        if char == opened.close:
            self.at += 1
            return self.closed(self.stack.pop())
        if char != ",":
            self.refuse(f"`,` or `{opened.close}`")
        comma = self.at
        self.at += 1
        if self.text.startswith(opened.close, self.skip()):
            raise ParseError("not valid JSON: a trailing comma, which json.load refuses", comma)
        if opened.close == "}":
            self.key(opened)
        elif len(self.stack) == 1 and len(opened.items) >= _ROWS:
            self.at = len(self.text)
            return self.closed(self.stack.pop(), partial=True)
        return None

    def closed(self, opened: _Open, partial: bool = False) -> Node:
        """The finished collection, which ends here."""
        span = self.source.span(opened.start, self.at)
        if opened.close == "}":
            return Mapping(opened.entries, span=span)
        return Sequence(tuple(opened.items), open=partial, span=span)

    def skip(self) -> int:
        """Move past white space; where that ends."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def end(self) -> None:
        """Nothing may follow the value."""
        if self.skip() < len(self.text):
            self.refuse("the end of the file")

    def refuse(self, wanted: str) -> NoReturn:
        """Say what stands here in place of what JSON wants."""
        found = self.text[self.at : self.at + 2]
        if found in ("//", "/*") or found.startswith("#"):
            raise ParseError("not valid JSON: a comment, which json.load refuses", self.at)
        if found.startswith("'"):
            raise ParseError("not valid JSON: a single-quoted string, which json.load refuses", self.at)
        if found.startswith("\ufeff"):
            raise ParseError("not valid JSON: a byte order mark, which json.load refuses", self.at)
        what = f"`{found[0]}`" if found and found[0].isprintable() else "a control character" if found else "the end of the file"
        raise ParseError(f"not valid JSON: expected {wanted}, found {what}", self.at)
