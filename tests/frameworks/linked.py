"""Runs of small projects that exist in memory only."""

from __future__ import annotations

from pathlib import Path

from qp_lint.judge import judge
from qp_lint.link import link
from qp_lint.project import Project
from qp_lint.rules.load import load_rules
from qp_lint.run import Run
from qp_lint.versions import Admitted, Versions


def runs_of(files: dict[str, str], **versions: str) -> list[Run]:
    """The runs of a project given as `path: text`; keywords pin versions (`transformers="4.57.6"`, `ms_swift="3.5.0"`)."""
    project = Project(Path("/nowhere"), tuple(sorted(files)), overlay=files)
    admitted = {name.replace("_", "-"): Admitted(f"=={version}", "test") for name, version in versions.items()}
    runs = link(project, lambda path: Versions(admitted))
    assert not project.notes, project.notes
    return runs


def run_of(files: dict[str, str], **versions: str) -> Run:
    """The only run of a project."""
    (run,) = runs_of(files, **versions)
    return run


def codes(files: dict[str, str], **versions: str) -> set[str]:
    """The codes of all findings in a project."""
    return {finding.code for finding in judge(runs_of(files, **versions), load_rules())}
