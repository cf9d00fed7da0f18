"""The cache as a user meets it: the same output, until something changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from qp_lint.cli import lint
from qp_lint.cli.request import Request
from qp_lint.policy import Policy

Project = Callable[..., Path]
Command = Callable[..., Result]


def age(root: Path) -> None:
    """Make every file and folder look old."""
    for path in (root, *root.rglob("*")):
        os.utime(path, ns=(10**18 + 1, 10**18 + 1))


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch, project: Project) -> list[int]:
    """Grows with every real check."""
    done: list[int] = []
    real = lint.run_check

    def counted(asked: Request, policy: Policy) -> object:
        done.append(1)
        return real(asked, policy)

    monkeypatch.setattr(lint, "run_check", counted)
    return done


def test_second_run_is_answered_from_the_cache(project: Project, qp: Command, checks: list[int]) -> None:
    root = project(a_yaml="BAD # qp-lint: ignore[QP102]\n", sub__b_yaml="ODD")
    (root / ".qp-lint-cache").mkdir()
    age(root)
    first = qp()
    second = qp()
    assert (first.output, first.exit_code) == (second.output, second.exit_code)
    assert len(checks) == 1
    assert "QP101" in qp("--output-format", "json").output
    assert len(checks) == 1
    qp("--no-cache")
    qp("--ignore", "QP101")
    assert len(checks) == 3
    (root / "sub" / "new.yaml").write_text("BAD", encoding="utf-8")
    assert "sub/new.yaml" in qp().output
    assert len(checks) == 4


def test_ignore_files_count(project: Project, qp: Command, checks: list[int]) -> None:
    root = project(a_yaml="BAD", sub__b_yaml="BAD", _gitignore="nothing\n")
    (root / ".qp-lint-cache").mkdir()
    age(root)
    assert "sub/b.yaml" in qp().output
    (root / ".gitignore").write_text("/sub/\n", encoding="utf-8")
    assert "sub/b.yaml" not in qp().output


def test_no_cache_leaves_no_trace(project: Project, qp: Command) -> None:
    root = project(a_yaml="BAD")
    qp("--no-cache")
    qp("a.yaml")
    assert not (root / ".qp-lint-cache").exists()
