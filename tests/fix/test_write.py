"""Files are written together or not at all, and keep what they had."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import resource
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qp_lint.discover import UNFINISHED
from qp_lint.fix.journal import Busy, digest_of, recover
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
    write_all(files(new=True), tmp_path)
    assert texts(tmp_path) == NEW


def test_modes_and_times(files: Any, tmp_path: Path) -> None:
    targets = files()
    os.chmod(targets[0].path, 0o640)
    os.utime(targets[0].path, (1, 1))
    write_all(targets, tmp_path)
    found = os.stat(targets[0].path)
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert found.st_mtime > 1, "the file did change"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_owners(files: Any, tmp_path: Path) -> None:
    targets = files()
    os.chown(targets[0].path, 1234, 5678)
    os.chmod(targets[0].path, 0o4755)
    write_all(targets, tmp_path)
    found = os.stat(targets[0].path)
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 5678, 0o4755)


def test_links_stay_links(files: Any, tmp_path: Path) -> None:
    (target, _) = files()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    os.rename(target.path, folder / "real.yaml")
    target.path.symlink_to("elsewhere/real.yaml")
    write_all([target], tmp_path)
    assert target.path.is_symlink()
    assert (folder / "real.yaml").read_bytes() == b"new a.yaml"
    assert [path.name for path in folder.iterdir()] == ["real.yaml"]


def test_a_new_file_is_as_others_are_made(files: Any, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    write_all(files(new=True), tmp_path)
    assert os.stat(tmp_path / "c.json").st_mode == os.stat(tmp_path / "other").st_mode


def refused(targets: list[Target], folder: Path) -> str:
    before = texts(folder)
    with pytest.raises(WriteProblem) as caught:
        write_all(targets, folder)
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
        write_all(targets, tmp_path)
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
        write_all(targets, tmp_path)
    assert texts(tmp_path) == OLD


def killed(action: Callable[[], object], nth: int) -> bool:
    """Do something in a process that is killed at its nth change of a file or folder; whether it was."""
    child = os.fork()
    if child == 0:
        count = 0

        def dying(real: Callable[..., Any]) -> Callable[..., Any]:
            def step(*arguments: Any, **options: Any) -> Any:
                nonlocal count
                count += 1
                if count == nth:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **options)

            return step

        try:
            for name in ("open", "write", "link", "replace", "unlink", "fsync", "chmod", "utime"):
                setattr(os, name, dying(getattr(os, name)))
            action()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


STEPS = 40


def test_killed_at_any_step(files: Any, tmp_path: Path) -> None:
    """After the next one has looked, the files are all old or all new, and nothing else is left."""
    seen = []
    for nth in range(1, STEPS):
        targets = files(new=True)
        if not killed(lambda: write_all(targets, tmp_path), nth):  # noqa: B023
            assert texts(tmp_path) == NEW
            break
        between = texts(tmp_path)
        recover(tmp_path)
        found = texts(tmp_path)
        assert found in (OLD, NEW), nth
        seen.append((found == NEW, any(between[name] != text for name, text in OLD.items())))
        (tmp_path / "c.json").unlink(missing_ok=True)
    assert nth < STEPS - 1, "it was never done"
    assert (False, True) in seen, "some were replaced, and put back"
    assert (True, True) in seen


def test_putting_back_may_be_killed_too(files: Any, tmp_path: Path) -> None:
    for nth in range(1, STEPS):
        interrupted(files(), tmp_path)
        again = killed(lambda: recover(tmp_path), nth)
        recover(tmp_path)
        assert texts(tmp_path) == OLD
        if not again:
            break
    assert 1 < nth < STEPS - 1


def interrupted(targets: list[Target], root: Path) -> None:
    """A write that is killed when the first of two files is replaced."""
    child = os.fork()
    if child == 0:
        real = os.replace

        def last(*arguments: Any) -> None:
            real(*arguments)
            os._exit(9)

        os.replace = last  # type: ignore[assignment]
        try:
            write_all(targets, root)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert (root / "a.yaml").read_bytes() == b"new a.yaml"
    assert (root / "b.json").read_bytes() == b"old b.json"


def test_what_was_written_since_is_not_lost(files: Any, tmp_path: Path) -> None:
    interrupted(files(), tmp_path)
    (tmp_path / "a.yaml").write_bytes(b"by hand")
    assert recover(tmp_path) == [(str(tmp_path / "a.yaml"), False), (str(tmp_path / "b.json"), True)]
    left = texts(tmp_path)
    assert left.pop("a.yaml") == b"by hand"
    assert left.pop("b.json") == b"old b.json"
    assert list(left.values()) == [b"old a.yaml"], "what was there before"
    assert recover(tmp_path) == []


def test_what_was_put_back_by_hand_is_left_alone(files: Any, tmp_path: Path) -> None:
    interrupted(files(), tmp_path)
    (tmp_path / "a.yaml").write_bytes(b"old a.yaml")
    assert all(good for _, good in recover(tmp_path))
    assert texts(tmp_path) == OLD


def test_nobody_else_writes_meanwhile(files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    targets, real = files(), os.replace

    def other(*arguments: Any) -> None:
        with pytest.raises(Busy):
            recover(tmp_path)
        with pytest.raises(WriteProblem, match="another qp-lint is changing files here"):
            write_all(targets[1:], tmp_path)
        real(*arguments)
        monkeypatch.setattr(os, "replace", real)

    monkeypatch.setattr(os, "replace", other)
    write_all(targets, tmp_path)
    assert texts(tmp_path) == {name: NEW[name] for name in OLD}


@pytest.mark.parametrize("name", ["../victim", "link/victim", "/etc/victim", "a\0b", ".."])
def test_a_hostile_journal_reaches_nothing_outside(tmp_path: Path, name: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "victim"
    (tmp_path / "elsewhere").mkdir()
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere")
    for path in (outside, tmp_path / "elsewhere" / "victim"):
        path.write_bytes(b"precious")
        path.with_name(".victim.qp-lint-1-old").write_bytes(b"evil")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (root / UNFINISHED).write_text(
        json.dumps([[name, 1, False, digest_of(b"precious")], [name, 1, True, digest_of(b"precious")]])
    )
    assert recover(root) == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("text", ["", "[[", "{}", "[1, [2], [null, 1, true, 3]]", '"x"', "[" * 100_000])
def test_a_journal_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / UNFINISHED).write_text(text)
    assert recover(tmp_path) == []
    assert texts(tmp_path) == {}


def test_a_disk_that_is_full(files: Any, tmp_path: Path) -> None:
    """What is written counts against a limit of the system, so a text really ends in its middle."""
    targets = [dataclasses.replace(target, after=b"x" * 100_000) for target in files()]
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
            write_all(targets, tmp_path)
        except WriteProblem as problem:
            code = 7 if str(problem) == "a.yaml: cannot be written: file too large; nothing was changed" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert texts(tmp_path) == OLD
