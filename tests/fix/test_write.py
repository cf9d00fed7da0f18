"""Files are written together or not at all, and keep what they had."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qp_lint.fix.write import Target, WriteProblem, write_all


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[Target]]:
    """Two files with old texts, and the targets that change them; and a third that is new."""

    def make(new: bool = False) -> list[Target]:
        targets = []
        for name in ("a.yaml", "b.json"):
            path = tmp_path / name
            path.write_bytes(b"old " + name.encode())
            targets.append(Target(path, name, path.read_bytes(), b"new " + name.encode()))
        if new:
            targets.append(Target(tmp_path / "c.json", "c.json", None, b"created"))
        return targets

    return make


def texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


OLD = {"a.yaml": b"old a.yaml", "b.json": b"old b.json"}
NEW = {"a.yaml": b"new a.yaml", "b.json": b"new b.json", "c.json": b"created"}


def test_all_are_written_and_nothing_is_left_behind(files: Any, tmp_path: Path) -> None:
    write_all(files(new=True))
    assert texts(tmp_path) == NEW


def test_modes_and_times(files: Any, tmp_path: Path) -> None:
    targets = files()
    os.chmod(targets[0].path, 0o640)
    os.utime(targets[0].path, (1, 1))
    write_all(targets)
    found = os.stat(targets[0].path)
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert found.st_mtime > 1, "the file did change"


def test_links_stay_links(files: Any, tmp_path: Path) -> None:
    (target, _) = files()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    os.rename(target.path, folder / "real.yaml")
    target.path.symlink_to("elsewhere/real.yaml")
    write_all([target])
    assert target.path.is_symlink()
    assert (folder / "real.yaml").read_bytes() == b"new a.yaml"
    assert [path.name for path in folder.iterdir()] == ["real.yaml"]


def test_a_new_file_is_as_others_are_made(files: Any, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    write_all(files(new=True))
    assert os.stat(tmp_path / "c.json").st_mode == os.stat(tmp_path / "other").st_mode


def refused(targets: list[Target], folder: Path) -> str:
    before = texts(folder)
    with pytest.raises(WriteProblem) as caught:
        write_all(targets)
    assert texts(folder) == before
    return str(caught.value)


def test_changed_meanwhile(files: Any, tmp_path: Path) -> None:
    targets = files(new=True)
    targets[1].path.write_bytes(b"someone else's")
    assert refused(targets, tmp_path) == "b.json: was changed meanwhile; nothing was written"


def test_there_already(files: Any, tmp_path: Path) -> None:
    targets = files(new=True)
    targets[2].path.write_bytes(b"someone else's")
    assert refused(targets, tmp_path) == "c.json: is there already; nothing was changed"


def test_gone(files: Any, tmp_path: Path) -> None:
    targets = files()
    targets[1].path.unlink()
    assert "b.json: cannot be written: no such file" in refused(targets, tmp_path)


def test_read_only(files: Any, tmp_path: Path) -> None:
    targets = files()
    os.chmod(targets[1].path, 0o444)
    assert refused(targets, tmp_path) == "b.json: is read-only; nothing was changed"


@pytest.mark.parametrize("step", ["fsync", "replace", "link", "chmod"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_full_disk_at_any_step(files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, nth: int) -> None:
    targets = files(new=True)
    real, calls = getattr(os, step), 0

    def failing(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **options)

    monkeypatch.setattr(os, step, failing)
    problem = ""
    try:
        write_all(targets)
    except WriteProblem as error:
        problem = str(error)
    monkeypatch.undo()
    if problem:
        assert problem.endswith("no space left on device; nothing was changed")
        assert texts(tmp_path) == OLD
    else:  # the step is not taken so often, or its failure does no harm
        assert texts(tmp_path) == NEW


@pytest.mark.parametrize("nth", [1, 2])
def test_interrupted_between_two_files(files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    targets, real, calls = files(), os.replace, 0

    def interrupted(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_all(targets)
    assert texts(tmp_path) == OLD


def test_killed_between_two_files(files: Any, tmp_path: Path) -> None:
    """Each file then has its old or its new text, whole, and what was replaced is kept."""
    targets = files()
    child = os.fork()
    if child == 0:
        count, real = 0, os.replace

        def die(*arguments: Any) -> None:
            nonlocal count
            count += 1
            if count == 2:
                os._exit(9)
            real(*arguments)

        pytest.MonkeyPatch().setattr(os, "replace", die)
        try:
            write_all(targets)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    found = texts(tmp_path)
    assert found["a.yaml"] == b"new a.yaml"
    assert found["b.json"] == b"old b.json"
    assert b"old a.yaml" in found.values()
