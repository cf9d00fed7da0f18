"""Code actions: make a fix, make every safe one of a file, or accept a finding with a comment.

The edits are worked out when they are asked for, not for every diagnostic that is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from qp_lint.diagnostics import Finding
from qp_lint.suppress import UNKNOWN, UNUSED
from qp_lint.text import Source

if TYPE_CHECKING:
    from qp_lint.fix.edits import Edit
    from qp_lint.pipeline import Result


def at(findings: Sequence[Finding], source: Source, first: int, last: int) -> Iterator[Finding]:
    """The findings that are shown in lines (from 0) of a file."""
    for finding in findings:
        span = finding.span.outermost()
        if span.source.path == source.path and span.begin.line - 1 <= last and span.finish.line - 1 >= first:
            yield finding


def fixes(result: Result, finding: Finding, encoding: str) -> Iterator[dict[str, Any]]:
    """The fixes of a finding, as `report.formats.lsp` writes them."""
    from qp_lint.fix import fixes_of
    from qp_lint.report.fixes import shown
    from qp_lint.report.formats.lsp import fix_data

    for fix in fixes_of(finding, result):
        yield fix_data(shown(fix), encoding)


def safe_edits(result: Result, findings: Sequence[Finding], source: Source) -> list[Edit]:
    """The edits of all safe fixes that change just this file: what may be made when it is saved."""
    from qp_lint.fix.edits import joined
    from qp_lint.fix.rounds import choose

    chosen = [fix for _, fix in choose(result, list(at(findings, source, 0, len(source.lines))), ("safe",))]
    own = [fix for fix in chosen if not fix.creates and all(edit.span.source.path == source.path for edit in fix.edits)]
    return joined(edit for fix in own for edit in fix.edits) or []


def ignoring(result: Result, finding: Finding) -> Edit | None:
    """The comment that hides a finding: behind its line, above it where that would be no comment; None where there are none."""
    from qp_lint.fix.containers.base import line_start
    from qp_lint.fix.edits import applied
    from qp_lint.fix.ignores import KINDS, comment
    from qp_lint.fix.rounds import path_of
    from qp_lint.parse.comments import comments

    span = finding.span.outermost()
    source = span.source
    kind = result.project.kind(path_of(result, source.path))
    if finding.code in (UNUSED, UNKNOWN) or kind not in KINDS:
        return None
    for above in (False, True):
        edit = comment(source, line_start(source.text, span.start), [finding.code], "", above)
        after = Source(source.path, applied(source.text, [edit]))
        place = edit.span.start + max(edit.text.find("#"), 0)
        if any(found.start <= place < found.end for found in comments(after, kind)):
            return edit
    return None
