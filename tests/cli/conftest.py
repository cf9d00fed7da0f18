"""The command line over a stand-in for the pipeline: every `BAD` of a file is an error, every `ODD` a warning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qp_lint.cli import catalogue as module
from qp_lint.cli import cli, lint
from qp_lint.cli.request import Request
from qp_lint.diagnostics import Finding, Related, Severity
from qp_lint.discover import discover, root_of
from qp_lint.pipeline import Result as Checked
from qp_lint.pipeline import shown_path
from qp_lint.policy import Policy
from qp_lint.project import Project
from qp_lint.run import Run
from qp_lint.selectors import catalogue
from qp_lint.settings import Rank, Setting
from qp_lint.text import Source
from qp_lint.versions import Versions

CATALOGUE = catalogue((("QP101", "bad-thing"), ("QP102", "odd-thing")))


def findings(source: Source) -> list[Finding]:
    found = []
    for word, code, name, severity in (
        ("BAD", "QP101", "bad-thing", Severity.ERROR),
        ("ODD", "QP102", "odd-thing", Severity.WARNING),
    ):
        start = source.text.find(word)
        if start >= 0:
            span = source.span(start, start + 3)
            found.append(
                Finding(code, name, severity, f"{word} is here", span, related=(Related(span, "this"),), run=source.path)
            )
    return found


def pretend(asked: Request, policy: Policy, *, keep_runs: bool = False) -> Checked:
    root = root_of(asked.paths)
    how = lint.options(asked, policy)
    listing = discover([root], root=root, exclude=how.exclude, respect_gitignore=how.respect_gitignore)
    project = Project(
        root, listing.files, {str(Path(path).relative_to(root)): text for path, text in asked.overlay.items()}, shown_path(root)
    )
    found: list[Finding] = []
    runs = []
    for path in project.files:
        source = project.source(path)
        if source is not None:
            found += findings(source)
            setting = Setting("parallel.zero.stage", (3,), True, (source.span(0, 1),), "deepspeed", "stage", Rank.FILE)
            runs.append(Run((path,), {setting.name: setting}, (source.span(0, 1),), Versions(), (path,)))
    return Checked(found, project.notes, runs, project, len(runs), frozenset(run.files for run in runs))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write files (name → text) into a fresh folder, which becomes the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lint, "run_check", pretend)
    monkeypatch.setattr(module, "catalogue", lambda: CATALOGUE)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)

    def write(**files: str) -> Path:
        for name, text in {"pyproject_toml": "", **files}.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def qp() -> Callable[..., Result]:
    """Run the command line."""

    def run(*arguments: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, list(arguments), input=input, prog_name="qp-lint", catch_exceptions=False)

    return run
