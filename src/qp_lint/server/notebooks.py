"""Notebooks that are open as such: each cell is a document of its own in the editor, and what is said about it belongs there.

A notebook is checked as a file all the same.  While its cells differ from the file, they are put into its text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types

from qp_lint.discover import ReadProblem, read_text
from qp_lint.server.positions import offset_of, range_of
from qp_lint.text import Source, Span

SYNC = types.NotebookDocumentSyncOptions([types.NotebookDocumentFilterWithNotebook("jupyter-notebook")], save=True)
KINDS = {types.NotebookCellKind.Markup: "markdown", types.NotebookCellKind.Code: "code"}


def text_of(path: str, cells: Sequence[tuple[types.NotebookCellKind, str]]) -> str:
    """The text of a notebook with these cells: that of the file (absolute path) where it has the same."""
    try:
        text = read_text(Path(path))[0]
        tree = json.loads(text)
    except (ReadProblem, ValueError, RecursionError):
        text, tree = "", {}
    found = tree.get("cells") if isinstance(tree, dict) else None
    old = [cell if isinstance(cell, dict) else {} for cell in found] if isinstance(found, list) else []
    if [(cell.get("cell_type"), _source(cell)) for cell in old] == [(KINDS[kind], source) for kind, source in cells]:
        return text
    new = []
    for number, (kind, source) in enumerate(cells):
        same = number < len(old) and old[number].get("cell_type") == KINDS[kind]
        metadata = old[number].get("metadata", {}) if same else {}
        new.append({"cell_type": KINDS[kind], "metadata": metadata, "source": source})
    kept = {key: value for key, value in tree.items() if key in ("metadata", "nbformat")} if isinstance(tree, dict) else {}
    return json.dumps({**kept, "cells": new}, ensure_ascii=False)


def _source(cell: dict[str, object]) -> str:
    source = cell.get("source")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def in_cells(step: types.TextDocumentEdit, source: Source, cells: Sequence[str], encoding: str) -> list[types.TextDocumentEdit]:
    """An edit of a notebook's file as edits of its cells (URIs); raises ValueError where it is more than these."""
    text = source.text
    edits = [edit for edit in step.edits if isinstance(edit, types.TextEdit)]
    for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        start, end = (offset_of(source, position, encoding) for position in (edit.range.start, edit.range.end))
        text = text[:start] + edit.new_text + text[end:]
    before, after = (list(map(_source, json.loads(each)["cells"])) for each in (source.text, text))
    found = []
    for uri, old, new in zip(cells, before, after, strict=True):
        if old != new:
            start = _shared(old, new)
            same = _shared(old[start:][::-1], new[start:][::-1])
            place = range_of(Source(source.path, old).span(start, len(old) - same), encoding)
            edit = types.TextEdit(place, new[start : len(new) - same])
            found.append(types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri), [edit]))
    return found


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@dataclass(frozen=True, slots=True)
class View:
    """Positions of a document: of a file, or of the cell of a notebook with this number, from 1."""

    source: Source
    encoding: str
    cell: int = 0

    def offset(self, position: types.Position) -> int | None:
        """The offset in the file; None for what is no code."""
        if not self.cell:
            return offset_of(self.source, position, self.encoding)
        found = self._code()
        if found is None or found[0].host is None:
            return None
        whole, start, cell = found
        return whole.host.locate(start + offset_of(cell, position, self.encoding)) if whole.host is not None else None

    def range(self, span: Span) -> types.Range | None:
        """The range of a span of the file; None for one that lies elsewhere."""
        if not self.cell:
            return range_of(span, self.encoding)
        found, within = self._code(), span.within()
        if found is None or within is None or within[0].number != self.cell:
            return None
        _, start, cell = found
        return range_of(cell.span(within[1].start - start, within[1].end - start), self.encoding)

    def _code(self) -> tuple[Source, int, Source] | None:
        """The text of all code cells, where in it the cell starts, and the cell's text."""
        reading = self.source.reading
        parts = reading.parts if reading is not None else ()
        index = next((index for index, part in enumerate(parts) if part.number == self.cell), None)
        if reading is None or index is None:
            return None
        start = parts[index].start
        end = parts[index + 1].start if index + 1 < len(parts) else len(reading.text.text)
        return reading.text, start, Source(self.source.path, reading.text.text[start:end])
