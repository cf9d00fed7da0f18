"""`rdjson`: Reviewdog Diagnostic Format, for `reviewdog -f=rdjson` (https://github.com/reviewdog/reviewdog/tree/master/proto/rdf).

Columns count UTF-8 bytes.  A suggestion replaces one range of the finding's own file, so only such fixes are carried.
"""

from __future__ import annotations

from qp_lint.diagnostics import Note, Severity
from qp_lint.report.display import Style
from qp_lint.report.phrases import explanation, message
from qp_lint.report.places import repository_path, utf8
from qp_lint.report.view import Diagnostic, Place, View

HOME = "https://github.com/qp-lint/qp-lint"


def render(view: View, style: Style) -> str:
    """The report as a JSON object."""
    import json

    highest = max(view.counts(), default=Severity.INFO)
    report = {
        "source": {"name": "qp-lint", "url": HOME},
        "severity": highest.name,
        "diagnostics": [*map(_diagnostic, view.diagnostics), *map(_note, view.notes)],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(item: Diagnostic) -> dict[str, object]:
    code = {"value": item.code, **({"url": item.url} if item.url else {})}
    suggestions = [
        {"range": _range(fix.changes[0].place), "text": fix.changes[0].text}
        for fix in item.fixes
        if len(fix.changes) == 1 and fix.changes[0].place.path == item.place.path
    ]
    return {
        "message": "\n".join((message(item), *explanation(item))),
        "location": _location(item.place),
        "severity": item.severity.name,
        "code": code,
        "suggestions": suggestions,
        "related_locations": [{"message": place.message, "location": _location(place)} for place in item.related],
    }


def _note(note: Note) -> dict[str, object]:
    location: dict[str, object] = {"path": repository_path(note.path)}
    if note.line:
        location["range"] = {"start": {"line": note.line}}
    return {"message": note.message, "location": location, "severity": note.severity.name, "code": {"value": note.code}}


def _location(place: Place) -> dict[str, object]:
    return {"path": repository_path(place.path), "range": _range(place)}


def _range(place: Place) -> dict[str, object]:
    start, end = utf8(place)
    return {"start": {"line": start[0], "column": start[1]}, "end": {"line": end[0], "column": end[1]}}
