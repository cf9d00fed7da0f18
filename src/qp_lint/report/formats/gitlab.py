"""`gitlab`: a Code Quality report, which GitLab shows in merge requests.

An array of issues, the part of Code Climate's format that GitLab reads (https://docs.gitlab.com/ci/testing/code_quality/),
with the body and the other places that Code Climate has for them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

from qp_lint.diagnostics import Note, Severity
from qp_lint.report.display import Style
from qp_lint.report.phrases import explanation, message
from qp_lint.report.places import repository_path
from qp_lint.report.view import Diagnostic, Place, View
from qp_lint.text import Position

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(view: View, style: Style) -> str:
    """The report as a JSON array."""
    import json

    seen: Counter[str] = Counter()
    issues = [*map(_diagnostic, view.diagnostics), *(_note(note, seen) for note in view.notes)]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(item: Diagnostic) -> dict[str, object]:
    return {
        **_issue(f"{item.code} {item.name}: {message(item)}", item.name, item.severity, item.fingerprint, _location(item.place)),
        "content": {"body": "\n\n".join(explanation(item)) or item.message},
        "other_locations": [_location(place) for place in item.related],
    }


def _note(note: Note, seen: Counter[str]) -> dict[str, object]:
    key = "\0".join((note.code, note.path, note.message))
    seen[key] += 1
    fingerprint = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    point = Position(max(note.line, 1), max(note.column, 1))
    return _issue(
        f"{note.code}: {note.message}", note.code, note.severity, fingerprint, _location(Place(note.path, point, point, ()))
    )


def _issue(text: str, check: str, severity: Severity, fingerprint: str, location: Mapping[str, object]) -> dict[str, object]:
    return {
        "type": "issue",
        "check_name": check,
        "description": text,
        "categories": ["Bug Risk"],
        "severity": SEVERITIES[severity],
        "fingerprint": fingerprint,
        "location": location,
    }


def _location(place: Place) -> dict[str, object]:
    begin, end = ({"line": point.line, "column": point.column} for point in (place.start, place.end))
    return {"path": repository_path(place.path), "positions": {"begin": begin, "end": end}}
