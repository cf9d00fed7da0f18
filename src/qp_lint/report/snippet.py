"""Source lines with their numbers, and what they are pointed at for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qp_lint.report.display import Style, cells, printable
from qp_lint.report.view import Place

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Marked:
    """A place of one file: the primary one is underlined with `^`, others with `-`."""

    place: Place
    primary: bool
    colour: str

    @property
    def label(self) -> str:
        """The label on one line."""
        return " ".join(printable(self.place.message).split())

    @property
    def sign(self) -> str:
        """What to underline with."""
        return "^" if self.primary else "-"

    @property
    def several(self) -> bool:
        """Whether it spans several lines."""
        return self.place.end.line > self.place.start.line


@dataclass(frozen=True, slots=True)
class Row:
    """A source line as it is printed: `text` (perhaps a window of it) and the column of each offset of the line."""

    text: str
    columns: Sequence[int]

    def column(self, offset: int) -> int:
        """Where an offset (from 0) of the line is printed."""
        return self.columns[min(max(offset, 0), len(self.columns) - 1)]


def row(line: str, focus: tuple[int, int], limit: int) -> Row:
    """Lay out a line; one wider than `limit` columns is cut to a window around the offsets `focus`."""
    parts = list(cells(line))
    columns = [0]
    for _, width in parts:
        columns.append(columns[-1] + width)
    if columns[-1] <= limit:
        return Row("".join(text for text, _ in parts), columns)
    start, end = (columns[min(offset, len(parts))] for offset in focus)
    room = limit - 2 * len(ELLIPSIS)
    left = 0 if end <= room else max(start - max((room - (end - start)) // 2, 8), 0)
    inside = [index for index, column in enumerate(columns[:-1]) if left <= column and columns[index + 1] <= left + room]
    first, last = (inside[0], inside[-1] + 1) if inside else (0, 0)
    before = ELLIPSIS if first else ""
    after = ELLIPSIS if last < len(parts) else ""
    shift = columns[first] - len(before)
    moved = [min(max(column - shift, 0), columns[last] - shift) for column in columns]
    return Row(before + "".join(text for text, _ in parts[first:last]) + after, moved)


def snippet(marks: Sequence[Marked], gutter: int, style: Style) -> list[str]:
    """The lines of one file with what is marked in them, without the header; `gutter` is the width of line numbers."""
    return list(_Canvas(marks, next((mark for mark in marks if mark.several), None), gutter, style).draw())


@dataclass(frozen=True, slots=True)
class _Canvas:
    """Draws one file's lines.  The first mark over several lines (`rail`) is drawn as a bar left of them."""

    marks: Sequence[Marked]
    rail: Marked | None
    gutter: int
    style: Style

    @property
    def bar(self) -> str:
        return self.style.paint(f"{' ' * self.gutter} |", "gutter")

    def draw(self) -> Iterator[str]:
        texts = dict(line for mark in self.marks for line in mark.place.lines)
        last = 0
        yield self.bar
        for number in sorted(texts):
            if last and number > last + 1:
                within = self.rail is not None and self.rail.place.start.line < number <= self.rail.place.end.line
                dots = "...".ljust(self.gutter + 3) if within else "..."
                yield self.style.paint(dots, "gutter") + (self.railed("|") if within else "")
            yield from self.line(number, texts[number])
            last = number
        yield self.bar

    def railed(self, text: str) -> str:
        """Text in the colour of the rail."""
        return self.style.paint(text, self.rail.colour) if self.rail else text

    def line(self, number: int, text: str) -> Iterator[str]:
        """One source line and the lines under it that mark places in it."""
        rail = self.rail if self.rail and self.rail.place.start.line <= number <= self.rail.place.end.line else None
        here = [mark for mark in self.marks if mark.place.start.line == number and mark is not rail]
        shown = row(text, _focus(number, text, here, rail), max(self.style.width - self.gutter - 3 - 2 * bool(self.rail), 40))
        first = rail is not None and number == rail.place.start.line
        whole = rail is not None and first and not text[: rail.place.start.column - 1].strip()
        lead = "  " if self.rail else ""
        if rail is not None and (whole or not first):
            lead = self.railed("/" if whole else "|") + " "
        yield f"{self.style.paint(f'{number:>{self.gutter}} |', 'gutter')} {lead}{shown.text}".rstrip()
        if rail is not None and first and not whole:
            yield f"{self.bar} {self.railed(' ' + '_' * (shown.column(rail.place.start.column - 1) + 1) + rail.sign)}"
        under = self.railed("|") + " " if rail is not None else lead
        for mark in sorted(here, key=lambda mark: (mark.place.start.column, mark.place.end.column)):
            yield f"{self.bar} {under}{self.underline(mark, shown, len(text))}"
        if rail is not None and number == rail.place.end.line:
            tail = f"|_{'_' * max(shown.column(rail.place.end.column - 1) - 1, 0)}{rail.sign}"
            yield f"{self.bar} {self.railed(f'{tail} {rail.label}'.rstrip())}"

    def underline(self, mark: Marked, shown: Row, length: int) -> str:
        """The marker of a place that begins on a line of `length` characters."""
        end = length if mark.several else mark.place.end.column - 1
        left, right = shown.column(mark.place.start.column - 1), shown.column(end)
        text = mark.sign * max(right - left, 1)
        return " " * left + self.style.paint(f"{text} {mark.label}".rstrip(), mark.colour)


def _focus(number: int, text: str, here: list[Marked], rail: Marked | None) -> tuple[int, int]:
    """The offsets of a line that must be seen."""
    for mark in sorted(here, key=lambda mark: not mark.primary):
        return mark.place.start.column - 1, len(text) if mark.several else mark.place.end.column - 1
    if rail is not None and number == rail.place.start.line:
        return rail.place.start.column - 1, rail.place.start.column
    if rail is not None and number == rail.place.end.line:
        return rail.place.end.column - 1, rail.place.end.column
    return 0, 0


def number_width(places: Iterable[Place]) -> int:
    """The width of the largest line number."""
    return max(len(str(number)) for place in places for number, _ in place.lines)
