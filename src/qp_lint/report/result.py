"""What of a check's result is reported: selected, not suppressed, severe enough, and touching the paths that were asked for."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qp_lint.diagnostics import Finding, Note, Severity
from qp_lint.observer import Observer
from qp_lint.report.view import Fix, View, view

if TYPE_CHECKING:
    from qp_lint.pipeline import Result
    from qp_lint.policy import Policy

DATA = (".json", ".yaml", ".yml", ".toml")


class Given:
    """The paths that were asked for: a finding is reported when one of its places lies in them."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.exact = {str(path) for path in paths}
        self.below = tuple(path if path.endswith(os.sep) else path + os.sep for path in self.exact)

    def any(self, paths: Iterable[str]) -> bool:
        """Whether one of `paths` (absolute, or from the working directory) was given or lies in a given folder."""
        absolute = (os.path.abspath(path) for path in paths)
        return any(path in self.exact or path.startswith(self.below) for path in absolute)

    def finding(self, finding: Finding) -> bool:
        """Whether a place of the finding does."""
        return self.any(places(finding))


def places(finding: Finding) -> Iterator[str]:
    """The paths of the files that a finding points into."""
    return (span.outermost().source.path for span in (finding.span, *(related.span for related in finding.related)))


def selected(
    result: Result, policy: Policy, paths: Iterable[Path], lowest: Severity = Severity.INFO
) -> tuple[list[Finding], list[Finding]]:
    """The findings to report in the order of their places, and those that something hides."""
    from qp_lint.suppress import suppress

    given = Given(paths)
    kept, hidden = suppress(result.project, result.findings, policy)
    findings = [finding for finding in kept if finding.severity >= lowest and given.finding(finding)]
    findings.sort(key=place_of_finding)
    return findings, [finding for finding in hidden if given.finding(finding)]


def noted(result: Result, policy: Policy, paths: Iterable[Path], lowest: Severity = Severity.INFO) -> list[Note]:
    """The notes about files that were asked for, or that runs need which have a file among them."""
    given, shown = Given(paths), result.project.shown
    needed = {shown(path) for files in result.read if given.any(map(shown, files)) for path in files}
    notes = []
    for note in result.notes:
        if note.code == "QP902" and note.path in needed and note.path.endswith(DATA):
            note = dataclasses.replace(note, severity=Severity.ERROR)  # the run that reads it fails there
        wanted = policy.note(note) if note.path in needed or given.any((note.path,)) or not note.path else None
        if wanted is not None and wanted.severity >= lowest:
            notes.append(wanted)
    notes += _interrupted(result, policy, lowest)
    notes.sort(key=lambda note: (note.path, note.line, note.column, note.code))
    return notes


def _interrupted(result: Result, policy: Policy, lowest: Severity) -> Iterator[Note]:
    """The notes about every --fix that was killed in or above the project."""
    for folder in result.journals:
        from qp_lint.discover import UNFINISHED
        from qp_lint.fix.journal import abandoned

        shown = result.project.shown(result.project.relative((folder / UNFINISHED).as_posix()))
        text = "a --fix was interrupted: some of its files are changed, others are not; the next --fix undoes it"
        note = policy.note(Note("QP906", Severity.WARNING, text, shown))
        if note is not None and note.severity >= lowest and abandoned(folder):
            yield note


def reported(
    result: Result,
    policy: Policy,
    paths: Sequence[Path],
    lowest: Severity = Severity.INFO,
    observer: Observer | None = None,
) -> View:
    """What is reported of a result, with the fixes that can be made."""
    from qp_lint.fix import Fixer
    from qp_lint.report.fixes import shown

    observer = observer or Observer()
    observer.stage("find what is suppressed")
    findings, hidden = selected(result, policy, paths, lowest)
    observer.stage("find fixes")
    notes = noted(result, policy, paths, lowest)
    fixer = Fixer(result)

    def fixes(finding: Finding) -> Iterator[Fix]:
        return map(shown, fixer.fixes_of(finding))

    return view(findings, hidden, notes, files=len(result.project.files), runs=result.launched, fixes=fixes)


def place_of_finding(finding: Finding) -> tuple[str, int, str]:
    """What findings are sorted by."""
    span = finding.span.outermost()
    return span.source.path, span.start, finding.code
