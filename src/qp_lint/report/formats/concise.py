"""`concise`: one line a finding, for grep, editors and problem matchers: `path:line:column: severity[CODE] message`."""

from __future__ import annotations

from qp_lint.diagnostics import Note
from qp_lint.report.display import Style, printable
from qp_lint.report.phrases import summary
from qp_lint.report.view import Diagnostic, View


def render(view: View, style: Style) -> str:
    """The report as text."""
    lines = []
    for item in view.diagnostics:
        start = item.place.start
        cell = item.place.cell
        inside = f"cell {cell.number}, line {cell.start.line}: " if cell is not None else ""
        lines.append(_line(f"{item.place.path}:{start.line}:{start.column}", item, style, inside))
    lines += [_line(f"{note.path}:{max(note.line, 1)}:{max(note.column, 1)}", note, style) for note in view.notes]
    if not style.quiet:
        lines.append(summary(view, style) + "\n")
    return "".join(lines)


def _line(where: str, item: Diagnostic | Note, style: Style, inside: str = "") -> str:
    head = style.paint(f"{item.severity.label}[{item.code}]", item.severity.label)
    return f"{style.paint(printable(where), 'bold')}: {head} {inside}{' '.join(printable(item.message).split())}\n"
