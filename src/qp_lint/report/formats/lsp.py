"""`lsp`: what a language server would publish: an array of PublishDiagnosticsParams, one for each file with findings.

Lines count from 0 and columns in UTF-16 units (Language Server Protocol 3.17).  `data` of a diagnostic carries what a code
action needs: the run, the fingerprint, and each fix as a WorkspaceEdit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from qp_lint.diagnostics import Note, Severity
from qp_lint.report.display import Style
from qp_lint.report.phrases import explanation, message
from qp_lint.report.places import counted, file_uri
from qp_lint.report.view import Diagnostic, Fix, Place, View

Document: TypeAlias = Callable[[Place], tuple[str, Place]]
SEVERITIES = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}


def render(view: View, style: Style) -> str:
    """The report as a JSON array."""
    import json

    return json.dumps(published(view), indent=2, ensure_ascii=False) + "\n"


def of_file(place: Place) -> tuple[str, Place]:
    """The document in which a place lies, and the place as that counts it."""
    return file_uri(place.path), place


def published(view: View, encoding: str = "utf-16", document: Document = of_file) -> list[dict[str, object]]:
    """The parameters of one `textDocument/publishDiagnostics` for each document that something is said about.

    `encoding` is the unit of columns that editor and server agreed on; to a server the cells of an open notebook are documents.
    """
    files: dict[str, list[dict[str, object]]] = {}
    for item in view.diagnostics:
        files.setdefault(document(item.place)[0], []).append(diagnostic(item, encoding, document))
    for note in view.notes:
        files.setdefault(file_uri(note.path), []).append(_note(note))
    return [{"uri": uri, "diagnostics": diagnostics} for uri, diagnostics in files.items()]


def diagnostic(item: Diagnostic, encoding: str = "utf-16", document: Document = of_file) -> dict[str, object]:
    """A finding as an LSP Diagnostic."""
    place = document(item.place)[1]
    text = message(item) if place is item.place else item.message
    return {
        "range": _range(place, encoding),
        "severity": SEVERITIES[item.severity],
        "code": item.code,
        **({"codeDescription": {"href": item.url}} if item.url else {}),
        "source": "qp-lint",
        "message": "\n".join((text, *explanation(item))),
        "relatedInformation": [
            {"location": {"uri": uri, "range": _range(place, encoding)}, "message": place.message}
            for uri, place in map(document, item.related)
        ],
        "data": {
            "name": item.name,
            "run": item.run,
            "fingerprint": item.fingerprint,
            "fixes": [fix_data(fix, encoding) for fix in item.fixes],
        },
    }


def _note(note: Note) -> dict[str, object]:
    """A note marks its whole line: how far into it the place lies is not known in UTF-16 units."""
    line = max(note.line - 1, 0)
    return {
        "range": {"start": {"line": line, "character": 0}, "end": {"line": line + 1, "character": 0}},
        "severity": SEVERITIES[note.severity],
        "code": note.code,
        "source": "qp-lint",
        "message": note.message,
    }


def fix_data(fix: Fix, encoding: str = "utf-16") -> dict[str, object]:
    """A fix with its edit; a new file is created before it is filled."""
    files: dict[str, list[dict[str, object]]] = {}
    for change in fix.changes:
        files.setdefault(file_uri(change.place.path), []).append(
            {"range": _range(change.place, encoding), "newText": change.text}
        )
    new = dict.fromkeys(file_uri(change.place.path) for change in fix.changes if change.new)
    operations: list[dict[str, object]] = [{"kind": "create", "uri": uri} for uri in new]
    operations += [{"textDocument": {"uri": uri, "version": None}, "edits": edits} for uri, edits in files.items()]
    return {"title": fix.title, "applicability": fix.applicability, "edit": {"documentChanges": operations}}


def _range(place: Place, encoding: str) -> dict[str, object]:
    start, end = counted(place, encoding)
    return {"start": {"line": start[0], "character": start[1]}, "end": {"line": end[0], "character": end[1]}}
