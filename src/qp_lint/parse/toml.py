"""TOML 1.0 with places.

The standard library says whether a text is TOML and what its values are; this module walks the same text for where they stand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from qp_lint.parse import ParseError
from qp_lint.text import Source, Span
from qp_lint.tree import Entry, Mapping, Node, Plain, Scalar, Sequence

LIMIT = 2_000_000  # characters
DEPTH = 100

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|"((?:\\.|[^"\\\n])*)"|'([^'\n]*)')[ \t]*""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'',
    re.S,
)
_PLAIN = re.compile(r"[^\s,\]}#][^,\]}#\r\n]*")


def parse_toml(source: Source) -> Mapping:
    """The table of a TOML text.  Raises ParseError."""
    if len(source.text) > LIMIT:
        raise ParseError(f"TOML file of more than {LIMIT:,} characters")
    data = _loaded(source.text)
    return _Reader(source, data).document()


def _loaded(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return dict(tomllib.loads(text.replace("\r\n", "\n")))
    except tomllib.TOMLDecodeError as error:
        raise ParseError(f"not valid TOML: {_reason(str(error))}", _offset(text, str(error))) from None
    except (RecursionError, ValueError):
        raise ParseError("nested too deeply to be read, or with a number that is too long") from None


def _reason(message: str) -> str:
    reason = re.sub(r" \(at .*", "", message)
    return reason[:1].lower() + reason[1:]


def _offset(text: str, message: str) -> int:
    match = re.search(r"at line (\d+), column (\d+)", message)
    return Source("", text).offset(int(match[1]), int(match[2])) if match else 0


class _Table:
    """A table that is being filled."""

    def __init__(self, span: Span) -> None:
        self.entries: dict[str, tuple[_Table | list[_Table] | Node, Span]] = {}
        self.span = span

    def node(self) -> Mapping:
        entries = {}
        for key, (value, span) in self.entries.items():
            if isinstance(value, _Table):
                entries[key] = Entry(value.node(), span)
            elif isinstance(value, list):
                entries[key] = Entry(Sequence(tuple(table.node() for table in value), span=span), span)
            else:
                entries[key] = Entry(value, span)
        return Mapping(entries, span=self.span)


class _Reader:
    """Walks a text that is known to be TOML, beside the values that it stands for."""

    def __init__(self, source: Source, data: dict[str, Any]) -> None:
        self.source = source
        self.text = source.text
        self.data = data
        self.at = 0
        self.depth = 0

    def document(self) -> Mapping:
        """The whole text."""
        root = _Table(self.source.span(0, len(self.text)))
        table, values = root, self.data
        while self.skip() < len(self.text):
            start = self.at
            if self.text[self.at] == "[":
                several = self.text.startswith("[[", self.at)
                self.at += 1 + several
                keys = self.keys()
                self.at += 1 + several
                table, values = self.table(root, keys, several, self.source.span(start, self.at))
            else:
                self.pair(table, values)
            if self.at <= start:
                raise ParseError("not readable as TOML", start)
        return root.node()

    def skip(self) -> int:
        """Move past white space and comments."""
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def keys(self) -> list[tuple[str, Span]]:
        """`a."b c".d`."""
        found = []
        while match := _KEY.match(self.text, self.at):
            name = match[1] if match[1] is not None else match[3] if match[3] is not None else _unquoted(match[2])
            place = self.source.span(match.end() - len(match[0].lstrip()), match.start() + len(match[0].rstrip()))
            found.append((name, place))
            self.at = match.end()
            if self.text[self.at : self.at + 1] != ".":
                break
            self.at += 1
        return found

    def table(self, root: _Table, keys: list[tuple[str, Span]], several: bool, span: Span) -> tuple[_Table, Any]:
        """The table that a header opens, and its values."""
        table, values = root, self.data
        for index, (key, place) in enumerate(keys):
            last = index + 1 == len(keys)
            values = values[key]
            known = table.entries.get(key)
            if isinstance(values, list):
                tables = known[0] if known is not None and isinstance(known[0], list) else []
                if last and several:
                    tables.append(_Table(span))
                    table.entries.setdefault(key, (tables, place))
                table, values = tables[-1], values[len(tables) - 1]
            else:
                inner = known[0] if known is not None and isinstance(known[0], _Table) else _Table(span)
                table.entries.setdefault(key, (inner, place))
                table = inner
        return table, values

    def pair(self, table: _Table, values: Any) -> None:
        """`key = value`."""
        keys = self.keys()
        for key, place in keys[:-1]:
            known = table.entries.get(key)
            inner = known[0] if known is not None and isinstance(known[0], _Table) else _Table(place)
            table.entries.setdefault(key, (inner, place))
            table, values = inner, values[key]
        if not keys:
            return
        self.at += 1  # `=`
        key, place = keys[-1]
        table.entries[key] = (self.value(values[key]), place)

    def value(self, value: Any) -> Node:
        """The value here."""
        start = self.skip()
        self.depth += 1
        if self.depth > DEPTH:
            raise ParseError(f"nested more than {DEPTH} levels deep", start)
        found: Node
        if isinstance(value, list):
            items: list[Node] = []
            self.items("]", lambda: items.append(self.value(value[len(items)])))
            found = Sequence(tuple(items), span=self.source.span(start, self.at))
        elif isinstance(value, dict):
            table = _Table(self.source.span(start, start))
            self.items("}", lambda: self.pair(table, value))
            table.span = self.source.span(start, self.at)
            found = table.node()
        else:
            found = self.scalar(start, value)
        self.depth -= 1
        return found

    def items(self, closing: str, item: Callable[[], None]) -> None:
        """Items between brackets."""
        self.at += 1
        while self.skip() < len(self.text) and self.text[self.at] != closing:
            item()
            if self.text[self.skip() : self.at + 1] == ",":
                self.at += 1
        self.at += 1

    def scalar(self, start: int, value: Any) -> Scalar:
        """A string, number, truth value or date (which stays text)."""
        match = _STRING.match(self.text, start) or _PLAIN.match(self.text, start)
        written = match[0].rstrip() if match else ""
        self.at = start + len(written)
        plain: Plain = value if isinstance(value, (str, int, float, bool)) else str(value)
        raw = written[1:-1] if written[:1] in ("'", '"') else written
        return Scalar(plain, raw, span=self.source.span(start, self.at))


def _unquoted(text: str) -> str:
    if "\\" not in text:
        return text
    found = _loaded(f'x = "{text}"')["x"]
    return found if isinstance(found, str) else text
