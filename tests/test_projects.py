"""Whole projects: what the command line prints for them, to the letter.

A case is a folder `tests/projects/<group>/<case>` with its `expected.txt`, or a folder in `examples` with its text in
`tests/examples_expected`.  `QP_LINT_UPDATE=1 pytest tests/test_projects.py` rewrites the expected texts; read the diff.
A case whose name begins with `ok-` is sound and stays without findings; `ok-NAME` is the twin of `NAME`.  A file
`arguments.txt` holds what the command line is given in that case.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from qp_lint.cli import run

HERE = Path(__file__).parent
CASES = sorted(path for path in (HERE / "projects").glob("*/*") if path.is_dir())
EXAMPLES = sorted(path for path in (HERE.parent / "examples").iterdir() if path.is_dir())

Lint = Callable[..., tuple[int, str]]


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lint:
    """Lint a copy of a project from inside it: exit code and standard output; standard error stays empty."""

    def lint(project: Path, *arguments: str) -> tuple[int, str]:
        place = tmp_path / project.name
        shutil.copytree(project, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt", "arguments.txt"))
        monkeypatch.chdir(place)
        monkeypatch.setenv("COLUMNS", "100")
        code = run(["--no-cache", "--isolated", "--color", "never", *arguments])
        captured = capsys.readouterr()
        assert captured.err == ""
        return code, captured.out

    return lint


def agrees(path: Path, text: str) -> None:
    """Compare a text with the one in a file, or write it there when asked to."""
    if os.environ.get("QP_LINT_UPDATE"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_project(case: Path, lint: Lint) -> None:
    given = case / "arguments.txt"
    code, text = lint(case, *(given.read_text(encoding="utf-8").split() if given.exists() else ()))
    agrees(case / "expected.txt", text)
    assert code == (1 if "\nerror[" in f"\n{text}" else 0)
    if case.name.startswith("ok-"):
        assert text.startswith("All checks passed")


@pytest.mark.parametrize("group", ["carriers", "configs", "python"])
def test_what_is_found_is_told_from_what_is_sound(group: str) -> None:
    names = {path.name for path in CASES if path.parent.name == group}
    assert {name for name in names if not name.startswith("ok-")} <= {
        name.removeprefix("ok-") for name in names if name[:3] == "ok-"
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example(example: Path, lint: Lint) -> None:
    code, text = lint(example)
    agrees(HERE / "examples_expected" / f"{example.name}.txt", text)
    assert code == 1


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_broken_twin_has_an_error_and_the_fixed_one_nothing(example: Path, lint: Lint) -> None:
    assert lint(example / "broken", "-q")[0] == 1
    assert lint(example / "fixed", "-q") == (0, "")
