"""What shell variables hold, piece by piece.

A text is a tuple of pieces.  A piece knows the place where its characters are written and the uses (`$NAME`) through
which it got where it is, so that a flag assembled in a variable is reported where a user would change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from qp_lint.text import Span

_TRAIL = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters (None: not known); `own` is where they are written, `trail` the uses they came through, outermost first."""

    text: str | None
    own: Span
    trail: tuple[Span, ...] = ()

    def slice(self, start: int, end: int) -> Piece:
        """Some of its characters."""
        assert self.text is not None
        own = self.own
        if own.end - own.start == len(self.text):  # else it was an escape: one place for all of it
            own = Span(own.source, own.start + start, own.start + end)
        return Piece(self.text[start:end], own, self.trail)

    def used(self, site: Span) -> Piece:
        """The same characters where `site` uses them."""
        return Piece(self.text, self.own, (site, *self.trail)[:_TRAIL])


Text: TypeAlias = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """An array's elements; None for one that stands for any number."""

    items: tuple[Text | None, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """A value that differs by branch: side i of `branch` gives values[i]; None where it is not set."""

    branch: Span
    values: tuple[Value | None, ...]

    def exceeds(self, limit: int) -> bool:
        """Whether it is more than `limit` values, those of branches within branches counted."""
        left: list[Value | None] = [self]
        count = 0
        while left and count <= limit:
            value = left.pop()
            left += value.values if isinstance(value, Options) else ()
            count += not isinstance(value, Options)
        return count > limit


Value: TypeAlias = "Text | Array | Options"


@dataclass(frozen=True, slots=True)
class Field:
    """One word after expansion; `written` is the word it comes from; `many`: it may be any number of words."""

    text: Text
    written: Span
    many: bool = False

    @property
    def plain(self) -> str | None:
        """Its characters, None when they are not all known."""
        return None if self.many else plain(self.text)

    @property
    def head(self) -> str:
        """What is sure of its beginning."""
        return head(self.text)


def plain(text: Text) -> str | None:
    """The characters of a text, None when they are not all known."""
    parts = [piece.text for piece in text if piece.text is not None]
    return "".join(parts) if len(parts) == len(text) else None


def head(text: Text) -> str:
    """The known characters at the beginning of a text."""
    known = []
    for piece in text:
        if piece.text is None:
            break
        known.append(piece.text)
    return "".join(known)


def cut(text: Text, count: int) -> Text:
    """A text without its first `count` characters, which are known."""
    left = list(text)
    while left and count:
        piece = left.pop(0)
        assert piece.text is not None
        if len(piece.text) > count:
            left.insert(0, piece.slice(count, len(piece.text)))
        count -= min(count, len(piece.text))
    return tuple(left)
