"""`sarif`: SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for code scanning and the viewers of editors.

A result links the other places of its run from its message, and its code flow leads from the launch over configurations to the
script.  What a comment, the configuration or a baseline hides is there too, suppressed.  Notes about files are results as
well, so that a failed job is explained; mistakes of qp-lint itself are notifications of the invocation.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping, Sequence

from qp_lint import __version__
from qp_lint.diagnostics import Note, Severity
from qp_lint.discover import Kind, kind_of
from qp_lint.report.display import Style
from qp_lint.report.phrases import message
from qp_lint.report.places import file_uri, repository_path
from qp_lint.report.rule_texts import RuleText, rule_texts
from qp_lint.report.view import Change, Diagnostic, Fix, Place, View
from qp_lint.text import Position

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/qp-lint/qp-lint"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
INTERNAL = "QP900"

Object = dict[str, object]


def render(view: View, style: Style) -> str:
    """The report as a SARIF log."""
    import json

    return json.dumps(log(view), indent=2, ensure_ascii=False) + "\n"


def log(view: View) -> Object:
    """The log: one run of the tool."""
    found = (*view.diagnostics, *view.suppressed)
    notes = [note for note in view.notes if note.code != INTERNAL]
    failures = [note for note in view.notes if note.code == INTERNAL]
    rules = rule_texts([*(item.code for item in found), *(note.code for note in notes)])
    index = {rule.code: number for number, rule in enumerate(rules)}
    driver: Object = {
        "name": "qp-lint",
        "version": __version__,
        "informationUri": HOME,
        "rules": [_rule(rule) for rule in rules],
    }
    invocation: Object = {
        "executionSuccessful": not failures,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": note.message}, "locations": [_location(_place(note))]} for note in failures
        ],
    }
    run: Object = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "results": [*(_result(item, index) for item in found), *(_noted(note, index) for note in notes)],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: RuleText) -> Object:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why or rule.summary},
        "help": {"text": rule.text, "markdown": rule.markdown},
        **({"helpUri": rule.url} if rule.url else {}),
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": list(rule.tags), "precision": "very-high", "problem.severity": _problem(rule.severity)},
    }


def _problem(severity: Severity) -> str:
    """The severity in GitHub's words."""
    return "recommendation" if severity is Severity.INFO else severity.label


def _result(item: Diagnostic, index: Mapping[str, int]) -> Object:
    links = "".join(
        f"{', ' if number else ' See '}[{_link_text(place.message or 'here')}]({number})"
        for number, place in enumerate(item.related)
    )
    result: Object = {
        "ruleId": item.code,
        "ruleIndex": index[item.code],
        "level": LEVELS[item.severity],
        "message": {"text": f"{message(item).rstrip('.')}.{links}{'.' if links else ''}"},
        "locations": [_location(item.place)],
        "relatedLocations": [{"id": number, **_location(place)} for number, place in enumerate(item.related)],
        "partialFingerprints": {"qpLint/v1": item.fingerprint},
        "properties": _properties(item),
    }
    if item.related:
        result["codeFlows"] = [{"threadFlows": [{"locations": [{"location": _location(place)} for place in flow(item)]}]}]
    if item.fixes:
        result["fixes"] = [_fix(fix) for fix in item.fixes]
    if item.hidden_by:
        kind = "inSource" if item.hidden_by == "comment" else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": item.suppressed}]
    return result


def _properties(item: Diagnostic) -> Object:
    """What SARIF has no field for; what there is nothing of is left out."""
    found: Object = {
        "run": item.run,
        "settings": dict(item.settings),
        "effect": item.effect,
        "failsAt": item.fails_at,
        "happens": item.happens,
        "raises": item.raises,
        "versions": list(item.versions),
    }
    return {name: value for name, value in found.items() if value}


def _noted(note: Note, index: Mapping[str, int]) -> Object:
    return {
        "ruleId": note.code,
        "ruleIndex": index[note.code],
        "level": LEVELS[note.severity],
        "message": {"text": note.message},
        "locations": [_location(_place(note))],
    }


def _place(note: Note) -> Place:
    point = Position(max(note.line, 1), max(note.column, 1))  # services show nothing without a line
    return Place(note.path, point, point, ())


def flow(item: Diagnostic) -> Sequence[Place]:
    """The places of a finding in the order in which a launch meets them: its command, configurations, scripts."""
    return sorted((*item.related, item.place), key=lambda place: _ORDER.get(kind_of(place.path, None), 0))


_ORDER = {Kind.YAML: 1, Kind.JSON: 1, Kind.TOML: 1, Kind.PYTHON: 2, Kind.NOTEBOOK: 2}


def _link_text(text: str) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", " ".join(text.split()))


def _location(place: Place) -> Object:
    physical = {"artifactLocation": _artifact(place.path), "region": _region(place, snippet=True)}
    return {"physicalLocation": physical, **({"message": {"text": place.message}} if place.message else {})}


def _artifact(path: str) -> Object:
    inside = repository_path(path)
    if inside.startswith("/"):
        return {"uri": file_uri(path)}
    return {"uri": urllib.parse.quote(inside), "uriBaseId": "%SRCROOT%"}


def _region(place: Place, *, snippet: bool = False) -> Object:
    start, end = place.start, place.end
    region: Object = {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}
    numbers = [number for number, _ in place.lines]
    if snippet and numbers and numbers == list(range(start.line, end.line + 1)):  # not of a span whose middle was left out
        text = "\n".join(line for _, line in place.lines)
        cut = len(place.lines[-1][1]) - (end.column - 1)
        region["snippet"] = {"text": text[start.column - 1 : len(text) - max(cut, 0)]}
    return region


def _fix(fix: Fix) -> Object:
    files: dict[str, list[Change]] = {}
    for change in fix.changes:
        files.setdefault(change.place.path, []).append(change)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path),
                "replacements": [
                    {"deletedRegion": _region(change.place), "insertedContent": {"text": change.text}} for change in changes
                ],
            }
            for path, changes in files.items()
        ],
        "properties": {"applicability": fix.applicability},
    }
