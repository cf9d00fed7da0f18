"""`--baseline` and `--write-baseline`: which baseline, and when it may shrink."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qp_lint import baseline
from qp_lint.cli.request import Request
from qp_lint.report.phrases import count
from qp_lint.report.result import Given
from qp_lint.report.view import View, place_of

if TYPE_CHECKING:
    from qp_lint.diagnostics import Finding

NARROWING = ("select", "extend_select", "ignore", "targets", "stdin_filename")


def apply(asked: Request, shown: View) -> View:
    """The view without what the baseline knows; findings that are gone are taken out of its file."""
    file = asked.baseline()
    if file is None:
        return shown
    findings = _loaded(file)
    shown, left = baseline.apply(shown, findings, file.parent, f"in the baseline {_shown(file)}")
    if left and _complete(asked, shown):
        try:
            baseline.save(file, findings - left)
        except baseline.BaselineError as error:
            raise click.UsageError(str(error)) from None
        if not asked.params["quiet"]:
            click.echo(f"{_shown(file)}: {count(left.total(), 'finding')} gone, taken out of the baseline", err=True)
    return shown


def _loaded(file: Path) -> Counter[baseline.Known]:
    """What a baseline holds; raises click.UsageError."""
    if not file.exists():
        raise click.UsageError(f"there is no baseline {_shown(file)}; --write-baseline makes one")
    try:
        return baseline.load(file)
    except baseline.BaselineError as error:
        raise click.UsageError(str(error)) from None


class Accepted:
    """What the baseline hides is not for `--fix` and `--add-ignore` to change.

    What was hidden once stays so while files change: the line that a finding is known by may be edited for another one.
    """

    def __init__(self, asked: Request) -> None:
        self._file = asked.baseline()
        self._known = _loaded(self._file) if self._file is not None else Counter[baseline.Known]()
        self._hidden: Counter[tuple[str, str, str]] | None = None

    def new(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings that are not accepted; the first call is with those of the files as they are on disk."""
        if self._file is None:
            return list(findings)
        left, still = Counter(self._known), Counter(self._hidden or {})
        hidden: Counter[tuple[str, str, str]] = Counter()
        kept: list[Finding] = []
        for finding in findings:
            key = baseline.known(finding.code, place_of(finding.span), self._file.parent)
            same = key.path, finding.code, finding.message
            if left[key] > 0 or still[same] > 0:
                left[key] -= 1
                still[same] -= 1
                hidden[same] += 1
            else:
                kept.append(finding)
        if self._hidden is None:
            self._hidden = hidden
        return kept


def write(asked: Request, shown: View) -> str:
    """Write the findings there are to the baseline; returns what to say about it."""
    file = asked.baseline()
    if file is None:
        raise click.UsageError("--write-baseline needs --baseline FILE, or `baseline` in the configuration")
    given = Given(asked.paths)
    try:
        old = baseline.load(file) if file.exists() and not _complete(asked, shown) else Counter[baseline.Known]()
        findings = baseline.recorded(shown.diagnostics, file.parent, old, lambda path: not given.any((path,)))
        baseline.save(file, findings)
    except baseline.BaselineError as error:
        raise click.UsageError(str(error)) from None
    return f"{_shown(file)}: {count(findings.total(), 'finding')} in the baseline"


def _complete(asked: Request, shown: View) -> bool:
    """Whether the check saw everything there is to see: only then is a finding that does not occur gone."""
    from qp_lint.discover import root_of

    narrowed = any(asked.params[name] for name in NARROWING) or asked.params["severity"] != "info"
    return root_of(asked.paths) in asked.paths and not narrowed and not shown.notes


def _shown(file: Path) -> str:
    return os.path.relpath(file).replace(os.sep, "/")
