"""`github`: workflow commands, which GitHub Actions shows as annotations beside the code.

The runner reads `::error file=…,line=…::message` from the output of a step
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions); it shows the first ten annotations of a
level of each step, so errors come first.
"""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.diagnostics import Note, Severity
from qp_lint.report.display import Style, printable
from qp_lint.report.phrases import explanation, message
from qp_lint.report.places import repository_path
from qp_lint.report.view import Diagnostic, View

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(view: View, style: Style) -> str:
    """The report as workflow commands, the most severe first."""
    items: list[Diagnostic | Note] = [*view.diagnostics, *view.notes]
    found = sorted(items, key=lambda item: -item.severity)
    return "".join(_diagnostic(item) if isinstance(item, Diagnostic) else _note(item) for item in found)


def _diagnostic(item: Diagnostic) -> str:
    start, end = item.place.start, item.place.end
    where = {"file": repository_path(item.place.path), "line": start.line, "endLine": end.line}
    if start.line == end.line:  # columns are refused with a range of lines
        where |= {"col": start.column, "endColumn": end.column}
    text = "\n".join((message(item), *_places(item), *explanation(item)))
    return _command(LEVELS[item.severity], {"title": f"{item.code} {item.name}", **where}, text)


def _places(item: Diagnostic) -> Iterator[str]:
    for place in item.related:
        yield f"{repository_path(place.path)}:{place.start.line}: {place.message}"


def _note(note: Note) -> str:
    where: dict[str, object] = {"title": note.code, "file": repository_path(note.path)}
    if note.line:
        where["line"] = note.line
    return _command(LEVELS[note.severity], where, note.message)


def _command(level: str, properties: dict[str, object], text: str) -> str:
    inside = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level} {inside}::{_data(text)}\n"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
