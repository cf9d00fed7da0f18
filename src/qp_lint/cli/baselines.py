"""`--baseline` and `--write-baseline`: which baseline, and when it may shrink."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import click

from qp_lint import baseline
from qp_lint.cli.request import Request
from qp_lint.report.phrases import count
from qp_lint.report.result import Given
from qp_lint.report.view import View

NARROWING = ("select", "extend_select", "ignore", "targets", "stdin_filename")


def apply(asked: Request, shown: View) -> View:
    """The view without what the baseline knows; findings that are gone are taken out of its file."""
    file = asked.baseline()
    if file is None:
        return shown
    if not file.exists():
        raise click.UsageError(f"there is no baseline {_shown(file)}; --write-baseline makes one")
    try:
        findings = baseline.load(file)
        shown, left = baseline.apply(shown, findings, file.parent, f"in the baseline {_shown(file)}")
        if left and _complete(asked, shown):
            baseline.save(file, findings - left)
            if not asked.params["quiet"]:
                click.echo(f"{_shown(file)}: {count(left.total(), 'finding')} gone, taken out of the baseline", err=True)
    except baseline.BaselineError as error:
        raise click.UsageError(str(error)) from None
    return shown


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
