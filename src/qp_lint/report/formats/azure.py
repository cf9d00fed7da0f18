"""`azure`: logging commands, which Azure Pipelines shows as issues of the run.

`##vso[task.logissue type=error;sourcepath=…]message`
(https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands); there are only errors and warnings.  Escapes
are those of Microsoft's own task library (azure-pipelines-task-lib, `node/taskcommand.ts`).
"""

from __future__ import annotations

from collections.abc import Mapping

from qp_lint.diagnostics import Severity
from qp_lint.report.display import Style, printable
from qp_lint.report.phrases import message
from qp_lint.report.places import repository_path
from qp_lint.report.view import View


def render(view: View, style: Style) -> str:
    """The report as logging commands."""
    lines = []
    for item in view.diagnostics:
        where = {
            "sourcepath": repository_path(item.place.path),
            "linenumber": item.place.start.line,
            "columnnumber": item.place.start.column,
            "code": item.code,
        }
        lines.append(_command(item.severity, where, f"{item.code} {item.name}: {message(item)}"))
    for note in view.notes:
        where = {"sourcepath": repository_path(note.path), "linenumber": max(note.line, 1), "code": note.code}
        lines.append(_command(note.severity, where, f"{note.code}: {note.message}"))
    return "".join(lines)


def _command(severity: Severity, properties: Mapping[str, object], text: str) -> str:
    kind = "error" if severity is Severity.ERROR else "warning"
    inside = "".join(f"{name}={_property(str(value))};" for name, value in properties.items())
    return f"##vso[task.logissue type={kind};{inside}]{_data(text)}\n"


def _data(text: str) -> str:
    return printable(text).replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace("]", "%5D").replace(";", "%3B")
