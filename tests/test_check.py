"""How the pipeline names files."""

from __future__ import annotations

from pathlib import Path

import pytest

from qp_lint.check import shown_path


@pytest.mark.parametrize(
    ("folder", "shown"),
    [
        (".", "configs/ds.json"),
        ("..", "project/configs/ds.json"),
        ("configs", "ds.json"),
        ("scripts", "../configs/ds.json"),
        ("scripts/deep", "../../configs/ds.json"),
    ],
)
def test_paths_are_shown_from_the_working_directory(
    folder: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "project"
    for name in ("configs", "scripts/deep"):
        (root / name).mkdir(parents=True)
    monkeypatch.chdir(root / folder)
    assert shown_path(root)("configs/ds.json") == shown
    assert shown_path(root)("/elsewhere/model/config.json") == "/elsewhere/model/config.json"


def test_paths_elsewhere_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("project", "other"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert shown_path(tmp_path / "project")("train.py") == f"{tmp_path}/project/train.py"
