"""`concise`: one line a finding, for grep, editors and problem matchers: `path:line:column: severity[CODE] message`."""

from __future__ import annotations

from qp_lint.diagnostics import Severity
from qp_lint.report.display import Style, printable
from qp_lint.report.phrases import message, summary
from qp_lint.report.view import View


def render(view: View, style: Style) -> str:
    """The report as text."""
    lines = []
    for item in view.diagnostics:
        start = item.place.start
        lines.append(_line(f"{item.place.path}:{start.line}:{start.column}", item.severity, item.code, message(item), style))
    lines += [
        _line(f"{note.path}:{max(note.line, 1)}:{max(note.column, 1)}", note.severity, note.code, note.message, style)
        for note in view.notes
    ]
    if not style.quiet:
        lines.append(summary(view, style) + "\n")
    return "".join(lines)


def _line(where: str, severity: Severity, code: str, text: str, style: Style) -> str:
    head = style.paint(f"{severity.label}[{code}]", severity.label)
    return f"{style.paint(printable(where), 'bold')}: {head} {' '.join(printable(text).split())}\n"
