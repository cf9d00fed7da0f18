"""Source text and places in it.

One unit is used everywhere inside qp-lint: an offset counts Unicode code points of the decoded text, from 0, with an
exclusive end (what libcst and PyYAML count too).  `Source` is the only class that converts: to 1-based lines and
columns for people, to UTF-16 units for editors, to UTF-8 bytes for rdjson.

A `Source` may be a part of another one: the cells of a notebook inside JSON, a here-document inside a shell script, a `run:`
block inside YAML.  `Host` maps its offsets to the file that the user would open.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Position:
    """A point for people: `line` and `column` from 1; a column counts code points and a tab is one."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part that readers know by a number of its own, with lines counted anew: a notebook's cell from offset `start` on."""

    name: str  # "cell"
    number: int
    start: int


@dataclass(frozen=True, slots=True)
class Host:
    """Where an embedded source lies: segment i maps [starts[i], starts[i + 1]) to `source` from targets[i] on.

    Inside a segment offsets run in step, so an escape such as `\\n` in a JSON string starts a new segment.
    """

    source: Source
    starts: tuple[int, ...]
    targets: tuple[int, ...]

    def locate(self, offset: int) -> int:
        """The host's offset of an embedded one."""
        index = max(bisect.bisect_right(self.starts, offset) - 1, 0)
        return self.targets[index] + offset - self.starts[index]

    def place(self, span: Span) -> Span:
        """The host's span of an embedded one; pieces that are written before its start are left out of it."""
        last = max(span.end - 1, span.start)
        start, end = self.locate(span.start), self.locate(last)
        if end < start:  # it ends with the value of a variable that is set above
            firsts = [span.start, *(first for first in self.starts if span.start < first < span.end)]
            lasts = [*(first - 1 for first in firsts[1:]), last]
            end = max(self.locate(last) for first, last in zip(firsts, lasts, strict=True) if self.locate(first) >= start)
        return Span(self.source, start, end + (span.end > span.start))

    def embedded(self, offset: int) -> int:
        """The embedded offset of one of the host, for segments that lie in the host in their order: the nearest before it."""
        index = max(bisect.bisect_right(self.targets, offset) - 1, 0)
        inside = max(offset - self.targets[index], 0)
        if index + 1 < len(self.starts):
            inside = min(inside, max(self.starts[index + 1] - self.starts[index] - 1, 0))
        return self.starts[index] + inside


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as people see it: `text` is a source of its own in the file, whose `parts` are counted."""

    text: Source
    parts: tuple[Part, ...]


@dataclass(eq=False, slots=True)
class Source:
    """The decoded text of one file, or of a part of one.

    `path` is what reports print: posix, relative to the working directory when below it, else absolute.
    `text` has its line ends as written (CRLF stays) and no byte order mark (`bom` tells whether there was one).
    """

    path: str
    text: str
    bom: bool = False
    host: Host | None = None
    reading: Reading | None = None  # of a file that people see in another form: a notebook's cells
    _lines: list[int] | None = field(default=None, repr=False)

    @property
    def lines(self) -> list[int]:
        """Offsets at which lines start; `\\n`, `\\r\\n` and `\\r` end one."""
        if self._lines is None:
            starts, text, index = [0], self.text, 0
            if "\r" in text:
                for index, char in enumerate(text):
                    if char == "\n" or (char == "\r" and text[index + 1 : index + 2] != "\n"):
                        starts.append(index + 1)
            else:
                while (index := text.find("\n", index) + 1) > 0:
                    starts.append(index)
            self._lines = starts
        return self._lines

    def position(self, offset: int) -> Position:
        """Line and column of an offset, which is clamped to the text."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect.bisect_right(self.lines, offset)
        return Position(line, offset - self.lines[line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based position; beyond the end of a line it is that line's end."""
        line = min(max(line, 1), len(self.lines))
        start = self.lines[line - 1]
        return min(start + max(column, 1) - 1, start + len(self.line(line)))

    def line(self, number: int) -> str:
        """Line `number` (from 1) without its end; empty beyond the text."""
        if not 1 <= number <= len(self.lines):
            return ""
        start = self.lines[number - 1]
        end = self.lines[number] if number < len(self.lines) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def utf16(self, offset: int) -> tuple[int, int]:
        """0-based line and UTF-16 column, as the Language Server Protocol counts."""
        place = self.position(offset)
        before = self.line(place.line)[: place.column - 1]
        return place.line - 1, len(before.encode("utf-16-le", "surrogatepass")) // 2

    def utf8(self, offset: int) -> tuple[int, int]:
        """1-based line and column in UTF-8 bytes, as rdjson counts."""
        place = self.position(offset)
        before = self.line(place.line)[: place.column - 1]
        return place.line, len(before.encode("utf-8", "surrogatepass")) + 1

    def span(self, start: int, end: int) -> Span:
        """A span of this source."""
        return Span(self, start, end)


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Half-open range [start, end) of a source, in code points.

    A subclass may work out `start` and `end` when they are asked for (`parse.python.NodeSpan`).
    """

    source: Source
    start: int
    end: int

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Span) or self.source is not other.source:
            return False
        return self.start == other.start and self.end == other.end

    def __hash__(self) -> int:
        return hash((id(self.source), self.start, self.end))

    def settled(self) -> Span:
        """The same place with `start` and `end` worked out."""
        return self

    def covers(self, other: Span) -> bool:
        """Whether `other` lies inside."""
        return self.source is other.source and self.start <= other.start and other.end <= self.end

    @property
    def text(self) -> str:
        """What stands there."""
        return self.source.text[self.start : self.end]

    @property
    def begin(self) -> Position:
        """Its first position."""
        return self.source.position(self.start)

    @property
    def finish(self) -> Position:
        """The position after its last character."""
        return self.source.position(self.end)

    def outermost(self) -> Span:
        """The same place in the file on disk: through every host."""
        span: Span = self
        while (host := span.source.host) is not None:
            span = host.place(span)
        return span

    def where(self, column: bool = False) -> str:
        """The place in words: `train.py:12`, with `column` `train.py:12:5`; in a notebook `train.ipynb:cell 3:2`."""
        span, lead = self.outermost(), ""
        begin = span.begin
        if (seen := self.within()) is not None:
            part, inner = seen
            begin = Position(inner.begin.line - inner.source.position(part.start).line + 1, inner.begin.column)
            lead = f"{part.name} {part.number}:"
        return f"{span.source.path}:{lead}{begin.line}" + (f":{begin.column}" if column else "")

    def within(self) -> tuple[Part, Span] | None:
        """Where people see the place when they do not see the file itself: the part, and the span in the source of all parts."""
        span = self.outermost()
        reading = span.source.reading
        if reading is None or reading.text.host is None or not reading.parts:
            return None
        start = reading.text.host.embedded(span.start)
        end = reading.text.host.embedded(max(span.end - 1, span.start)) + (span.end > span.start)
        index = bisect.bisect_right(reading.parts, start, key=lambda part: part.start)
        return reading.parts[max(index - 1, 0)], Span(reading.text, start, end)


def shifted(source: Source, start: int, text: str) -> Source:
    """An embedded source whose text stands unchanged at offset `start` of `source`."""
    return Source(source.path, text, host=Host(source, (0,), (start,)))


def assembled(source: Source, pieces: Iterable[tuple[int, str]]) -> Source:
    """An embedded source put together of pieces: the offset in `source` at which each is written, and its text."""
    starts: list[int] = []
    targets: list[int] = []
    texts, offset = [], 0
    for target, text in pieces:
        if not starts or target - targets[-1] != offset - starts[-1]:
            starts.append(offset)
            targets.append(target)
        texts.append(text)
        offset += len(text)
    return Source(source.path, "".join(texts), host=Host(source, tuple(starts) or (0,), tuple(targets) or (0,)))


def pieces_of(source: Source, start: int, end: int) -> Iterator[tuple[int, str]]:
    """A range of an embedded source as pieces of its host; of a file as one piece."""
    host = source.host
    if host is None:
        yield start, source.text[start:end]
        return
    index = max(bisect.bisect_right(host.starts, start) - 1, 0)
    while start < end:
        stop = min(host.starts[index + 1] if index + 1 < len(host.starts) else end, end)
        if stop > start:
            yield host.locate(start), source.text[start:stop]
        start, index = max(stop, start), index + 1
