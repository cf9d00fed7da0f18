"""Code actions: accept a finding with a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types

from qp_lint.diagnostics import Finding
from qp_lint.discover import Kind, kind_of
from qp_lint.suppress import UNKNOWN, UNUSED
from qp_lint.text import Source, Span

COMMENTED = (Kind.PYTHON, Kind.YAML, Kind.TOML, Kind.SHELL)
CODES = re.compile(r"(#\s*qp-lint:\s*ignore\s*\[)([^\]\[]*)\]")


def at(findings: list[Finding], source: Source, first: int, last: int) -> Iterator[Finding]:
    """The findings that are shown in lines (from 0) of a file."""
    for finding in findings:
        span = finding.span.outermost()
        if span.source.path == source.path and span.begin.line - 1 <= last and span.finish.line - 1 >= first:
            yield finding


def ignoring(finding: Finding) -> tuple[Span, str] | None:
    """The comment that hides a finding, as an edit; None in a file that has no comments.

    It joins a comment that is there, goes behind the line, or above a line that goes on (a backslash, an open string).
    """
    span = finding.span.outermost()
    source = span.source
    if finding.code in (UNUSED, UNKNOWN) or kind_of(source.path, None) not in COMMENTED:
        return None
    number = span.begin.line
    line, start = source.line(number), source.lines[number - 1]
    there = CODES.search(line)
    if there is not None:
        end = start + there.end(2)
        return source.span(end, end), f"{', ' if there[2].strip() else ''}{finding.code}"
    comment = f"# qp-lint: ignore[{finding.code}]"
    if not line.rstrip().endswith("\\") and line.count('"""') % 2 == 0 and line.count("'''") % 2 == 0:
        end = start + len(line.rstrip())
        return source.span(end, end), f"  {comment}"
    while number > 1 and source.line(number - 1).rstrip().endswith("\\"):
        number -= 1
    start, line = source.lines[number - 1], source.line(number)
    newline = "\r\n" if "\r\n" in source.text else "\n"
    return source.span(start, start), f"{line[: len(line) - len(line.lstrip())]}{comment}{newline}"


def as_action(
    title: str, kind: types.CodeActionKind, edit: types.WorkspaceEdit, diagnostics: list[types.Diagnostic] | None = None
) -> types.CodeAction:
    """An action that is nothing but an edit."""
    return types.CodeAction(title, kind=kind, diagnostics=diagnostics or None, edit=edit)
