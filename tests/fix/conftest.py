"""Projects that are fixed in place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.fix.samples import Files, write

from qp_lint.cli import cli


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write files into a fresh folder, which becomes the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QP_LINT_CACHE_DIR", str(tmp_path / ".qp-lint-cache"))
    (tmp_path / "pyproject.toml").write_bytes(b"")

    def make(files: Files) -> Path:
        write(tmp_path, files)
        return tmp_path

    return make


@pytest.fixture
def qp() -> Callable[..., Result]:
    """Run the command line; `--isolated` keeps configuration out."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, [*arguments, "--isolated"], prog_name="qp-lint", catch_exceptions=False)

    return run
