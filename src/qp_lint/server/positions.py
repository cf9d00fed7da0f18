"""Positions of the protocol and places of the checker."""

from __future__ import annotations

from lsprotocol import types

from qp_lint.report.places import units
from qp_lint.text import Source, Span


def offset_of(source: Source, position: types.Position, encoding: str) -> int:
    """The offset that a position means; beyond a line's end it is that end."""
    line = source.line(position.line + 1)
    column, seen = 0, 0
    while column < len(line) and seen < position.character:
        seen += units(line[column], encoding)
        column += 1
    return source.offset(position.line + 1, column + 1)


def range_of(span: Span, encoding: str) -> types.Range:
    """The range of a span of a file."""
    return types.Range(_position(span.source, span.start, encoding), _position(span.source, span.end, encoding))


def _position(source: Source, offset: int, encoding: str) -> types.Position:
    place = source.position(offset)
    return types.Position(place.line - 1, units(source.line(place.line)[: place.column - 1], encoding))
