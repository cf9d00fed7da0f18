"""`junit`: test results, for CI systems that show nothing else: a suite a file, a failed case a finding.

What is only good to know is a case that passed, with the text as its output; a suppressed finding is a skipped one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qp_lint.diagnostics import Note, Severity
from qp_lint.report.display import Style
from qp_lint.report.phrases import explanation
from qp_lint.report.view import Diagnostic, View

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production Char


def render(view: View, style: Style) -> str:
    """The report as XML."""
    from xml.etree.ElementTree import Element, indent, tostring

    suites: dict[str, list[Element]] = {}
    for item in (*view.diagnostics, *view.suppressed):
        suites.setdefault(item.place.path, []).append(_diagnostic(item))
    for note in view.notes:
        suites.setdefault(note.path, []).append(_note(note))
    if not suites:
        suites["qp-lint"] = [_case("all checks passed", "qp-lint", 0)]
    root = Element("testsuites", {"name": "qp-lint", **_counts([case for cases in suites.values() for case in cases])})
    for path, cases in suites.items():
        suite = Element("testsuite", {"name": _clean(path), **_counts(cases), "skipped": str(_number(cases, "skipped"))})
        suite.extend(cases)
        root.append(suite)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _diagnostic(item: Diagnostic) -> Element:
    start = item.place.start
    case = _case(f"{item.code} {item.name} (line {start.line})", item.place.path, start.line)
    places = (f"{place.path}:{place.start.line}:{place.start.column}: {place.message}" for place in (item.place, *item.related))
    _outcome(case, item, "\n".join((*places, *explanation(item))), item.suppressed if item.hidden_by else None)
    return case


def _note(note: Note) -> Element:
    case = _case(f"{note.code} (line {note.line})" if note.line else note.code, note.path, note.line)
    _outcome(case, note, f"{note.path}:{max(note.line, 1)}: {note.message}", None)
    return case


def _case(name: str, path: str, line: int) -> Element:
    from xml.etree.ElementTree import Element

    case = Element("testcase", name=_clean(name), classname=_clean(path), time="0")
    if line:
        case.attrib.update(file=_clean(path), line=str(line))
    return case


def _outcome(case: Element, item: Diagnostic | Note, text: str, suppressed: str | None) -> None:
    from xml.etree.ElementTree import SubElement

    message = _clean(" ".join(item.message.split()))
    if suppressed is not None:
        SubElement(case, "skipped", message=_clean(f"{message} (suppressed: {suppressed})"))
    elif item.severity is Severity.INFO:
        SubElement(case, "system-out").text = _clean(f"{message}\n{text}")
    else:
        SubElement(case, "failure", message=message, type=item.severity.label).text = _clean(f"{message}\n{text}")


def _counts(cases: Sequence[Element]) -> dict[str, str]:
    return {"tests": str(len(cases)), "failures": str(_number(cases, "failure")), "errors": "0", "time": "0"}


def _number(cases: Sequence[Element], outcome: str) -> int:
    return sum(case.find(outcome) is not None for case in cases)


def _clean(text: str) -> str:
    """Text that XML can hold."""
    return _FORBIDDEN.sub("\ufffd", text)
