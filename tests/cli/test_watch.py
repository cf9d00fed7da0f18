"""`--watch` as a process, and the progress of long checks."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from tests.test_pipeline import PROJECT, written

from qp_lint.cli.progress import Progress, wants_bar

Project = Callable[..., Path]
Command = Callable[..., Result]


class Watcher:
    """A running `qp-lint --watch`: what it prints, round by round."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.text = ""

    def round(self, seconds: float = 60) -> str:
        """What is printed until the line that ends a round."""
        assert self.process.stdout is not None
        end = time.monotonic() + seconds
        while "(Ctrl-C ends).\n" not in self.text:
            ready, _, _ = select.select([self.process.stdout], [], [], max(end - time.monotonic(), 0))
            assert ready, self.text
            piece = os.read(self.process.stdout.fileno(), 65536)
            assert piece, self.text
            self.text += piece.decode()
        text, _, self.text = self.text.partition("(Ctrl-C ends).\n")
        return text


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    root = written(tmp_path, {**PROJECT, "pyproject.toml": ""})
    command = [sys.executable, "-m", "qp_lint", "--watch", "--output-format", "concise", "--output-format", "json=report.json"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        yield Watcher(process)
        process.kill()


def test_watch_checks_again_when_a_file_changes(watcher: Watcher, tmp_path: Path) -> None:
    assert "error[QP101]" in watcher.round()
    (tmp_path / "configs" / "ds_z3.json").write_text('{"zero_optimization": {"stage": 2}}', encoding="utf-8")
    second = watcher.round()
    assert "error" not in second
    assert "All checks passed" in second
    (tmp_path / "qp-lint.toml").write_text("nonsense = 1\n", encoding="utf-8")
    assert "unknown key `nonsense`" in watcher.round()
    (tmp_path / "qp-lint.toml").unlink()
    assert "All checks passed" in watcher.round()
    (tmp_path / "notes.md").write_text("no matter\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        watcher.round(1.5)  # neither that nor the report it writes itself
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.process.wait(20) == 0


def test_watch_needs_files(project: Project, qp: Command) -> None:
    project()
    result = qp("--watch", "-", "--stdin-filename", "a.py", input="x")
    assert (result.exit_code, "exclude each other" in result.output) == (2, True)
    result = qp("--watch", "--write-baseline", "--baseline", "known")
    assert (result.exit_code, "exclude each other" in result.output) == (2, True)


def test_watch_says_what_it_needs(project: Project, qp: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    project()
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = qp("--watch")
    assert (result.exit_code, "pip install 'qp-lint[watch]'" in result.output) == (2, True)


def test_a_bar_after_a_second(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    shown = Progress(bar=True)
    for now[0], done in ((0.9, 100), (1.5, 1500), (1.55, 1600), (1.7, 3000)):
        shown.files(done, 3000)
    shown.close()
    assert capsys.readouterr().err == (
        f"\r\x1b[K[{'#' * 15}{'.' * 15}] 1,500 of 3,000 files\r\x1b[K[{'#' * 30}] 3,000 of 3,000 files\r\x1b[K"
    )
    quiet = Progress(bar=False)
    now[0] = 9.0
    quiet.files(1, 2)
    quiet.close()
    assert capsys.readouterr().err == ""


def test_no_bar_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not wants_bar(False, {})
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert wants_bar(False, {"TERM": "xterm"})
    assert not wants_bar(True, {})
    assert not wants_bar(False, {"CI": "true"})
    assert not wants_bar(False, {"TERM": "dumb"})


def test_verbose_says_where_the_time_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qp: Command) -> None:
    monkeypatch.chdir(written(tmp_path, PROJECT))
    text = qp("-v", "--no-cache").stderr
    stages = [line.partition(" s to ")[2] for line in text.splitlines() if " s to " in line]
    assert stages == ["find files", "load rules", "judge runs", "find what is suppressed", "find fixes"]
