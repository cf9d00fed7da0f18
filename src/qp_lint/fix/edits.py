"""Edits: pieces of a file's text and what should stand there instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qp_lint.text import Host, Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Write `text` in the place of `span`; an empty span inserts, an empty text deletes."""

    span: Span
    text: str

    @property
    def key(self) -> tuple[int, int]:
        """Where it stands in its file."""
        return self.span.start, self.span.end


@dataclass(frozen=True, slots=True)
class Created:
    """A new file: its project path, the path to show, and its text."""

    path: str
    shown: str
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A way out as edits.

    `edits` have spans in the files on disk and do not overlap; `creates` are new files.  Applied together or not at all.
    """

    title: str
    detail: str
    applicability: str
    edits: tuple[Edit, ...]
    creates: tuple[Created, ...] = ()


def by_file(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """The edits of each file by its shown path, in order."""
    files: dict[str, list[Edit]] = {}
    for edit in sorted(edits, key=lambda edit: edit.key):
        files.setdefault(edit.span.source.path, []).append(edit)
    return files


def applied(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits made; they must not overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.key):
        assert edit.span.start >= at, "overlapping edits"
        parts += (text[at : edit.span.start], edit.text)
        at = edit.span.end
    return "".join((*parts, text[at:]))


def joined(edits: Iterable[Edit]) -> list[Edit] | None:
    """Edits of one change together: the same one once, insertions at one place after each other; None when they overlap."""
    unique = sorted(dict.fromkeys(edits), key=lambda edit: (id(edit.span.source), edit.key))
    found: list[Edit] = []
    for edit in unique:
        last = found[-1] if found and found[-1].span.source is edit.span.source else None
        if last is not None and last.span == edit.span and edit.span.start == edit.span.end:
            found[-1] = Edit(edit.span, last.text + edit.text)
        elif last is not None and edit.span.start < last.span.end:
            return None
        else:
            found.append(edit)
    return found


def conflict(mine: Sequence[Edit], others: Sequence[Edit]) -> bool:
    """Whether two fixes touch the same text in different ways; the same edit in both is no conflict."""
    return any(
        a.span.source.path == b.span.source.path and a != b and a.span.start <= b.span.end and b.span.start <= a.span.end
        for a in mine
        for b in others
    )


def in_file(edit: Edit) -> list[Edit] | None:
    """The same edit in the file on disk: through here-documents and notebook cells; None where that cannot be written."""
    host = edit.span.source.host
    if host is None:
        return [edit]
    outer = _in_notebook(edit, host) if host.source.path.endswith(".ipynb") else _in_text(edit, host)
    found: list[Edit] = []
    for each in outer or ():
        further = in_file(each)
        if further is None:
            return None
        found += further
    return found or None


def _in_text(edit: Edit, host: Host) -> list[Edit] | None:
    """Where lines stand as they are, perhaps behind a margin (the tabs of a `<<-` document)."""
    span = edit.span
    if span.end > span.start:
        outer = Span(host.source, host.locate(span.start), host.locate(span.end - 1) + 1)
    else:
        outer = _insertion(span, host)
    if outer.text != span.text and re.sub(r"(?m)^[ \t]+", "", outer.text) != re.sub(r"(?m)^[ \t]+", "", span.text):
        return None
    margin = _margin(outer, span)
    if not edit.text and span.text.endswith("\n") and span.begin.column == 1 and outer.begin.column > len(margin):
        outer = Span(outer.source, outer.start - len(margin), outer.end)  # whole lines go with what stands before them
    return [Edit(outer, edit.text.replace("\n", "\n" + margin))]


def _insertion(span: Span, host: Host) -> Span:
    """The place of an insertion: behind the character before it, so that it stays on its line."""
    stays = span.start > 0 and span.source.text[span.start - 1] != "\n"
    at = host.locate(span.start - 1) + 1 if stays else host.locate(span.start)
    return Span(host.source, at, at)


def _margin(outer: Span, inner: Span) -> str:
    """What stands before every line of an embedded text."""
    line = outer.source.line(outer.begin.line)
    own = inner.source.line(inner.begin.line)
    margin = line[: len(line) - len(own)]
    return margin if own and line.endswith(own) and not margin.strip() else ""


_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)|[^\\]", re.S)


def _in_notebook(edit: Edit, host: Host) -> list[Edit] | None:
    """In a cell's JSON strings, one for each line: every line by itself, new lines in strings of their own."""
    text, start = edit.span.source.text, edit.span.start
    pieces: list[Span] = []
    while start < edit.span.end:
        stop = min(text.find("\n", start) + 1 or edit.span.end, edit.span.end)
        first, last = host.locate(start), host.locate(stop - 1)
        match = _ESCAPE.match(host.source.text, last)
        outer = Span(host.source, first, match.end() if match else last + 1)
        if _decoded(outer.text) != text[start:stop]:
            return None
        pieces.append(outer)
        start = stop
    if not pieces:
        at = _cell_place(edit.span, host)
        pieces = [Span(host.source, at, at)]
    written = json.dumps(edit.text, ensure_ascii=host.source.text.isascii())[1:-1]
    line = pieces[0].source.line(pieces[0].begin.line)
    if line.lstrip().startswith('"') and not re.match(r'\s*"(?:source|input)"', line):  # a list of lines
        newline = re.search(r"\r\n|\n|\Z", host.source.text)
        indent = line[: len(line) - len(line.lstrip())]
        written = re.sub(r"\\n(?=.)", lambda match: f'\\n",{newline[0] if newline else ""}{indent}"', written)
    return [Edit(piece, written if number == 0 else "") for number, piece in enumerate(pieces)]


def _cell_place(span: Span, host: Host) -> int:
    """The place of an insertion in a cell: before what follows on its line, else behind what stands before it."""
    text, at = span.source.text, span.start
    if at and text[at - 1] != "\n":
        match = _ESCAPE.match(host.source.text, host.locate(at - 1))
        return match.end() if match else host.locate(at)
    return host.locate(at)


def _decoded(text: str) -> str | None:
    try:
        found = json.loads(f'"{text}"')
    except ValueError:
        return None
    return found if isinstance(found, str) else None
