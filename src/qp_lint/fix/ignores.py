"""Ignore comments: those that hide nothing are taken out, and new ones are written for what is to be accepted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qp_lint.diagnostics import Finding
from qp_lint.discover import Kind
from qp_lint.fix.containers.base import after_line_end, line_end, line_start, newline_of
from qp_lint.fix.edits import Edit, Fix, applied
from qp_lint.pipeline import Result
from qp_lint.suppress import UNKNOWN, UNUSED
from qp_lint.text import Source, Span

if TYPE_CHECKING:
    from qp_lint.fix.rounds import Check

KINDS = (Kind.PYTHON, Kind.YAML, Kind.TOML, Kind.SHELL)
_WHOLE = re.compile(r"#\s*qp-lint:\s*ignore(?:-file)?\b[^#\r\n]*")
_LIST = re.compile(r"(#\s*qp-lint:\s*ignore\s*\[)([^\]\[\r\n]*)(\])")


def unused(finding: Finding) -> Iterator[Fix]:
    """The fix of an unused ignore comment: the word that hides nothing, or the comment, taken out."""
    if finding.code != UNUSED:
        return
    span = finding.span
    whole = span.text.startswith("#")
    edit = _without(span) if whole or _alone(span) else _without_word(span)
    if edit is not None:
        suggestion = finding.suggestions[0]
        yield Fix(suggestion.title, suggestion.detail, "safe", (edit,))


def _alone(span: Span) -> bool:
    """Whether a word is the only one between its brackets."""
    text = span.source.text
    return text[: span.start].rstrip().endswith("[") and text[span.end :].lstrip()[:1] == "]"


def _without_word(span: Span) -> Edit:
    """The word with its comma."""
    source, text = span.source, span.source.text
    after = re.compile(r"\s*,\s*").match(text, span.end)
    if after:
        return Edit(source.span(span.start, after.end()), "")
    before = re.search(r"\s*,\s*\Z", text[line_start(text, span.start) : span.start])
    return Edit(source.span(span.start - len(before[0]) if before else span.start, span.end), "")


def _without(span: Span) -> Edit | None:
    """The directive around a place: with the blanks before it, with its line when nothing else stands there."""
    source, text = span.source, span.source.text
    first = line_start(text, span.start)
    found = [match for match in _WHOLE.finditer(text, first, line_end(text, span.start)) if match.end() >= span.end]
    if not found:
        return None
    start, end = found[0].span()
    if not text[first:start].strip() and end == line_end(text, start):
        return Edit(source.span(first, after_line_end(text, end)), "")
    if end == line_end(text, start):
        start = first + len(text[first:start].rstrip())
    return Edit(source.span(start, end), "")


def ignore_all(check: Check, reason: str) -> tuple[Result, dict[str, str], list[Finding]]:
    """Comments for all findings: the first check, the new texts by absolute path, and the findings that no comment hides.

    A comment goes behind the line of a finding; where that does not hold (inside a string, say), on a line of its own above it.
    """
    result, findings = check({})
    lines: dict[tuple[str, int], tuple[Source, list[Finding]]] = {}
    left: list[Finding] = []
    for finding in findings:
        span = finding.span.outermost()
        path = _absolute(span.source.path)
        if finding.code in (UNUSED, UNKNOWN) or result.project.kind(result.project.relative(path)) not in KINDS:
            left.append(finding)
        else:
            start = line_start(span.source.text, span.start)
            lines.setdefault((path, start), (span.source, []))[1].append(finding)
    behind = {key: comment(source, key[1], _codes(found), reason, False) for key, (source, found) in lines.items()}
    if _holds(check, result, behind, len(left)):
        return result, _texts(behind), left
    good: dict[tuple[str, int], Edit] = {}
    for key, (source, found) in lines.items():  # one of them does not hold: try each by itself
        ways = (behind[key], comment(source, key[1], _codes(found), reason, True))
        rest = len(findings) - len(found)
        way = next((way for way in ways if _holds(check, result, {key: way}, rest)), None)
        if way is None:
            left += found
        else:
            good[key] = way
    return result, _texts(good), left


def _holds(check: Check, before: Result, edits: Mapping[tuple[str, int], Edit], expected: int) -> bool:
    """Whether with these comments everything is still read and only the expected number of findings is left."""
    result, findings = check(_texts(edits))
    known = {(note.code, note.path) for note in before.notes}
    return len(findings) <= expected and all((note.code, note.path) in known for note in result.notes)


def _texts(edits: Mapping[tuple[str, int], Edit]) -> dict[str, str]:
    """The texts with comments, by absolute path."""
    files: dict[str, list[Edit]] = {}
    for (path, _), edit in edits.items():
        files.setdefault(path, []).append(edit)
    return {path: applied(found[0].span.source.text, found) for path, found in files.items()}


def _codes(findings: Iterable[Finding]) -> list[str]:
    """The rules of findings, each once."""
    return list(dict.fromkeys(finding.code for finding in findings))


def _absolute(shown: str) -> str:
    import os

    return os.path.abspath(shown).replace(os.sep, "/")


def comment(source: Source, start: int, codes: Sequence[str], reason: str, above: bool) -> Edit:
    """The comment for one line; codes join those of a comment that is there."""
    text, end = source.text, line_end(source.text, start)
    there = _LIST.search(text, start, end)
    if there is not None and not above:
        joined = ", ".join(dict.fromkeys([*(word.strip() for word in there[2].split(",") if word.strip()), *codes]))
        return Edit(source.span(there.start(2), there.end(2)), joined)
    words = f"# qp-lint: ignore[{', '.join(codes)}]{reason and f' {reason}'}"
    line = text[start:end]
    if above or line.rstrip().endswith("\\"):
        while start > 0 and text[line_start(text, start - 1) : start].rstrip().endswith("\\"):
            start = line_start(text, start - 1)  # before the first line of a continued command
        line = text[start:end]
        indent = line[: len(line) - len(line.lstrip())]
        return Edit(source.span(start, start), f"{indent}{words}{newline_of(source)}")
    stop = start + len(line.rstrip())
    return Edit(source.span(stop, stop), f"  {words}")
