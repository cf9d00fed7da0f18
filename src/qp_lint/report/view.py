"""What a report shows, as plain data: findings with the lines they point at, no parsed files and no spans.

Every format renders a `View` and nothing else, so that a cached result and a fresh one look the same.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from qp_lint.diagnostics import Finding, Note, Severity, Suggestion
from qp_lint.report.fingerprint import fingerprints
from qp_lint.text import Position, Source, Span

SHOWN_HEAD, SHOWN_TAIL = 4, 2  # lines kept of a longer span


@dataclass(frozen=True, slots=True)
class Cell:
    """Where people see a place of a notebook: the number of the cell, positions and lines counted inside it."""

    number: int
    start: Position
    end: Position
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A range of a file: positions as `Source` counts them, and its `lines` (number, text).

    Of a span of many lines only the first and last few are kept.  `message` is what the place contributes.  In a notebook it
    has a `cell` as well.
    """

    path: str
    start: Position
    end: Position
    lines: tuple[tuple[int, str], ...]
    message: str = ""
    cell: Cell | None = None

    def as_seen(self) -> Place:
        """The place as people see it: in a notebook the lines of the cell."""
        cell = self.cell
        if cell is None:
            return self
        return Place(f"{self.path}:cell {cell.number}", cell.start, cell.end, cell.lines, self.message)


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of a fix: `text` in the place of `place`; `new` when the file does not exist yet and is to hold just that text."""

    place: Place
    text: str
    new: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """A way out that a program can take: its changes do not overlap and are made together or not at all.

    `applicability` is `safe` or `unsafe`, as in `diagnostics.Suggestion`.
    """

    title: str
    applicability: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding as reports show it; see `diagnostics.Finding` for the fields of the same names.

    `fixes` are those of the suggestions that can be made by machine.
    """

    code: str
    name: str
    severity: Severity
    message: str
    place: Place
    related: tuple[Place, ...]
    run: str
    settings: tuple[tuple[str, str], ...]
    effect: str
    fails_at: str
    happens: str
    raises: str
    why: str
    suggestions: tuple[Suggestion, ...]
    versions: tuple[str, ...]
    url: str
    suppressed: str
    hidden_by: str
    fingerprint: str
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A whole result.

    `diagnostics` are to be shown, `suppressed` are those that a comment, a per-file-ignore or a baseline
    hides.  `files` and `runs` count what was looked at.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    suppressed: tuple[Diagnostic, ...] = ()
    notes: tuple[Note, ...] = ()
    files: int = 0
    runs: int = 0

    def counts(self) -> Mapping[Severity, int]:
        """How many findings and notes there are of each severity."""
        found = [item.severity for item in self.diagnostics] + [note.severity for note in self.notes]
        return Counter(found)

    def by_rule(self) -> list[tuple[str, str, int, int]]:
        """(code, name, reported, suppressed) of every rule with findings, most frequent first."""
        reported = Counter((item.code, item.name) for item in self.diagnostics)
        hidden = Counter((item.code, item.name) for item in self.suppressed)
        rules = sorted(reported.keys() | hidden.keys(), key=lambda rule: (-reported[rule], -hidden[rule], rule))
        return [(*rule, reported[rule], hidden[rule]) for rule in rules]


def place_of(span: Span, message: str = "") -> Place:
    """A span as reports show it: the place in the file on disk, and in the cell of a notebook."""
    seen = span.within()
    span = span.outermost()
    cell = None
    if seen is not None:
        part, inner = seen
        above = inner.source.position(part.start).line - 1
        start, end = _ends(inner)
        lines = tuple((number - above, text) for number, text in _lines(inner.source, start, end))
        cell = Cell(part.number, Position(start.line - above, start.column), Position(end.line - above, end.column), lines)
    start, end = _ends(span)
    return Place(span.source.path, start, end, _lines(span.source, start, end), message, cell)


def _ends(span: Span) -> tuple[Position, Position]:
    """The first and last position; of a span that ends with its line's end the one before that."""
    start, end = span.begin, span.finish
    if end.line > start.line and end.column == 1:
        last = span.source.line(end.line - 1)
        end = Position(end.line - 1, len(last) + 1)
    return start, end


def change_of(span: Span, text: str) -> Change:
    """An edit of a file on disk as reports show it; a line end that it replaces is part of it."""
    start, end = span.begin, span.finish
    return Change(Place(span.source.path, start, end, _lines(span.source, start, end)), text)


def _lines(source: Source, start: Position, end: Position) -> tuple[tuple[int, str], ...]:
    """The lines that are shown of a range, with their numbers."""
    numbers = range(start.line, end.line + 1)
    if len(numbers) > SHOWN_HEAD + SHOWN_TAIL:
        shown: Iterable[int] = (*numbers[:SHOWN_HEAD], *numbers[-SHOWN_TAIL:])
    else:
        shown = numbers
    return tuple((number, source.line(number)) for number in shown)


def _diagnostic(finding: Finding, fingerprint: str, fixes: Iterable[Fix]) -> Diagnostic:
    same = {field.name for field in dataclasses.fields(Diagnostic)} - {"place", "related", "fingerprint", "fixes"}
    return Diagnostic(
        place=place_of(finding.span, finding.label),
        related=tuple(place_of(related.span, related.message) for related in finding.related),
        fingerprint=fingerprint,
        fixes=tuple(fixes),
        **{name: getattr(finding, name) for name in same},
    )


def view(
    findings: Iterable[Finding],
    suppressed: Iterable[Finding],
    notes: Iterable[Note],
    *,
    files: int,
    runs: int,
    fixes: Callable[[Finding], Iterable[Fix]] = lambda finding: (),
) -> View:
    """The view of a result; `fixes` gives those of a finding that is shown."""
    shown, hidden = list(findings), list(suppressed)
    keys = fingerprints([*shown, *hidden])
    return View(
        tuple(_diagnostic(finding, key, fixes(finding)) for finding, key in zip(shown, keys, strict=False)),
        tuple(_diagnostic(finding, key, ()) for finding, key in zip(hidden, keys[len(shown) :], strict=True)),
        tuple(notes),
        files,
        runs,
    )
