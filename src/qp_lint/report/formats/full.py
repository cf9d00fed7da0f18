"""`full`: for people.  One block a finding, with every place that makes it true."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from qp_lint.diagnostics import Note
from qp_lint.report.display import Style, printable, wrap
from qp_lint.report.phrases import available, happens, summary
from qp_lint.report.snippet import Marked, number_width, snippet
from qp_lint.report.view import Diagnostic, View


def render(view: View, style: Style) -> str:
    """The report as text; empty when there is nothing to say and `style.quiet`."""
    blocks = ["\n".join(block(diagnostic, style)) + "\n" for diagnostic in view.diagnostics]
    if view.notes:
        blocks.append("".join(f"{line}\n" for note in view.notes for line in note_lines(note, style)))
    if not style.quiet:
        blocks.append(summary(view, style) + "\n")
    return "\n".join(blocks)


def block(diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    """The lines of one finding."""
    label = diagnostic.severity.label
    head = style.paint(f"{label}[{diagnostic.code}]", label)
    yield f"{head} {style.paint(diagnostic.name + ':', 'bold')} {' '.join(printable(diagnostic.message).split())}"
    gutter = number_width(place.as_seen() for place in (diagnostic.place, *diagnostic.related))
    for index, marks in enumerate(_by_file(diagnostic)):
        arrow = style.paint(" " * gutter + ("-->" if index == 0 else ":::"), "gutter")
        first = marks[0].place
        yield f"{arrow} {printable(first.path)}:{first.start.line}:{first.start.column}"
        yield from snippet(marks, gutter, style)
    yield from _remarks(diagnostic, gutter, style)


def _by_file(diagnostic: Diagnostic) -> list[list[Marked]]:
    """What to mark, file by file: the primary place's file first, the others in the order of the related places."""
    primary, related = diagnostic.place.as_seen(), [place.as_seen() for place in diagnostic.related]
    for place in related:
        if not primary.message and (place.path, place.start, place.end) == (primary.path, primary.start, primary.end):
            primary = dataclasses.replace(primary, message=place.message)
            related.remove(place)
            break
    files: dict[str, list[Marked]] = {primary.path: [Marked(primary, True, diagnostic.severity.label)]}
    for place in related:
        files.setdefault(place.path, []).append(Marked(place, False, "second"))
    return list(files.values())


def _remarks(diagnostic: Diagnostic, gutter: int, style: Style) -> Iterator[str]:
    """What stands below the source lines."""
    yield from _remark("run", diagnostic.run, gutter, style)
    yield from _remark("happens", diagnostic.happens or happens(diagnostic.effect, diagnostic.fails_at), gutter, style)
    yield from _remark("raises", diagnostic.raises, gutter, style)
    for suggestion in diagnostic.suggestions:
        offer = available(diagnostic, suggestion)
        yield from _remark("help", f"{suggestion.title}{offer}\n{suggestion.detail}".rstrip(), gutter, style)
    yield from _remark("versions", ", ".join(diagnostic.versions), gutter, style)
    yield from _remark("see", diagnostic.url, gutter, style)


def _remark(word: str, text: str, gutter: int, style: Style) -> Iterator[str]:
    if not text:
        return
    indent = " " * (gutter + 3 + len(word) + 2)
    lines = wrap(text, style.width, indent, indent)
    lead = f"{' ' * gutter} {style.paint('=', 'gutter')} {style.paint(word + ':', 'help' if word == 'help' else 'bold')} "
    yield lead + lines[0][len(indent) :]
    yield from lines[1:]


def note_lines(note: Note, style: Style) -> Iterator[str]:
    """A note as one line."""
    label = note.severity.label
    where = f"{note.path}:{note.line}:{max(note.column, 1)}" if note.line else note.path
    yield f"{style.paint(f'{label}[{note.code}]', label)} {printable(where)}: {' '.join(printable(note.message).split())}"
