"""`json`: one object for programs; `schema.json` beside this file describes it."""

from __future__ import annotations

from collections.abc import Mapping

from qp_lint import __version__
from qp_lint.diagnostics import Note, Severity
from qp_lint.notes import BY_CODE
from qp_lint.report.display import Style
from qp_lint.report.view import Cell, Diagnostic, Fix, Place, View

VERSION = 1  # grows when something is removed or changes its meaning, not when something is added


def render(view: View, style: Style) -> str:
    """The report as a JSON object."""
    import json

    return json.dumps(report(view), indent=2, ensure_ascii=False) + "\n"


def report(view: View) -> dict[str, object]:
    """The object."""
    counts = view.counts()
    return {
        "version": VERSION,
        "tool": {"name": "qp-lint", "version": __version__},
        "diagnostics": [diagnostic(item) for item in view.diagnostics],
        "notes": [_note(note) for note in view.notes],
        "summary": {
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "infos": counts[Severity.INFO],
            "suppressed": len(view.suppressed),
            "files": view.files,
            "runs": view.runs,
            "rules": [
                {"code": code, "name": name, "reported": reported, "suppressed": suppressed}
                for code, name, reported, suppressed in view.by_rule()
            ],
        },
    }


def diagnostic(item: Diagnostic) -> dict[str, object]:
    """One finding; a text that there is none of is null."""
    return {
        "code": item.code,
        "name": item.name,
        "severity": item.severity.label,
        "message": item.message,
        **_place(item.place),
        "related": [{**_place(place), "message": place.message} for place in item.related],
        "run": {"id": item.run, "settings": dict(item.settings)},
        "effect": item.effect or None,
        "fails_at": item.fails_at or None,
        "raises": item.raises or None,
        "why": item.why or None,
        "suggestions": [
            {"title": each.title, "detail": each.detail, "applicability": each.applicability} for each in item.suggestions
        ],
        "fixes": [_fix(fix) for fix in item.fixes],
        "versions": list(item.versions),
        "fingerprint": item.fingerprint,
        "url": item.url or None,
    }


def _fix(fix: Fix) -> dict[str, object]:
    changes = [{**_place(change.place), "text": change.text, "new": change.new} for change in fix.changes]
    return {"title": fix.title, "applicability": fix.applicability, "changes": changes}


def _place(place: Place) -> dict[str, object]:
    found: dict[str, object] = {"path": place.path, "range": _points(place)}
    if place.cell is not None:
        found["cell"] = {"number": place.cell.number, "range": _points(place.cell)}
    return found


def _points(place: Place | Cell) -> Mapping[str, object]:
    return {
        "start": {"line": place.start.line, "column": place.start.column},
        "end": {"line": place.end.line, "column": place.end.column},
    }


def _note(note: Note) -> dict[str, object]:
    known = BY_CODE.get(note.code)
    return {
        "code": note.code,
        "name": known.name if known else None,
        "severity": note.severity.label,
        "message": note.message,
        "path": note.path,
        "line": note.line or None,
        "column": note.column or None,
    }
