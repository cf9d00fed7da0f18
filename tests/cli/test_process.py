"""The command as a process: what only shows outside of Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import qp_lint
from qp_lint.cli import run

SOURCE = str(Path(qp_lint.__file__).parents[1])


def process(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    env["PYTHONPATH"] = SOURCE
    command = [sys.executable, "-m", "qp_lint", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, check=False, **options)  # type: ignore[call-overload, no-any-return]


def test_version() -> None:
    result = process("--version")
    assert (result.stdout, result.returncode) == (f"qp-lint {qp_lint.__version__}\n", 0)


def test_start_imports_little() -> None:
    code = "import sys; from qp_lint.cli import run; run(['--version']); print(*sys.modules)"
    env = {**os.environ, "PYTHONPATH": SOURCE}
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True).stdout.split()
    assert "click" in loaded
    assert not {"yaml", "libcst", "packaging", "pathspec", "json", "qp_lint.pipeline", "qp_lint.report"} & set(loaded)


def test_help_lists_options_and_commands() -> None:
    text = process("--help").stdout
    for word in ("--output-format", "--select", "--show-runs", "--version", "Commands:", "check", "Exit codes:"):
        assert word in text


def test_usage_error() -> None:
    result = process("--selct")
    assert result.returncode == 2
    assert "--selct" in result.stderr
    assert result.stdout == ""


def test_missing_path(tmp_path: Path) -> None:
    result = process("nowhere", cwd=tmp_path)
    assert result.returncode == 2
    assert "nowhere" in result.stderr


def test_internal_error_has_no_traceback(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    from qp_lint.cli import lint

    def broken(_: object) -> int:
        raise ZeroDivisionError("the reason")

    monkeypatch.setattr(lint, "lint", broken)
    assert run([]) == 2
    err = capfd.readouterr().err
    assert "internal error: ZeroDivisionError: the reason" in err
    assert "report it" in err
    assert "Traceback" not in err
    assert run(["-v"]) == 2
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.parametrize("error", [RecursionError("too deep"), MemoryError()])
def test_other_internal_errors(error: BaseException, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    from qp_lint.cli import lint

    def broken(_: object) -> int:
        raise error

    monkeypatch.setattr(lint, "lint", broken)
    assert run(["check"]) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    from qp_lint.cli import lint

    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(lint, "lint", interrupted)
    assert run([]) == 130


@pytest.mark.skipif(sys.platform == "win32", reason="pipes differ")
def test_closed_pipe_is_silent() -> None:
    command = f"{sys.executable} -m qp_lint check --help | head -n 1"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SOURCE}, check=False
    )
    assert result.stdout.startswith("Usage:")
    assert result.stderr == ""


def test_shell_completion_of_commands_and_options() -> None:
    env = {
        **os.environ,
        "PYTHONPATH": SOURCE,
        "_QP_LINT_COMPLETE": "bash_complete",
        "COMP_WORDS": "qp-lint --sel",
        "COMP_CWORD": "1",
    }
    result = subprocess.run([sys.executable, "-m", "qp_lint"], capture_output=True, text=True, env=env, check=False)
    assert "plain,--select" in result.stdout
