"""Files written together: all of them or none, and none half.

Each new text is written beside its file and brought to the disk before the first file is replaced.  Until the last one is, the
old files stay under a second name, from which they come back when something fails.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from qp_lint.discover import reason


class WriteProblem(Exception):
    """Why nothing was written; the message names the file."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to write: `shown` is its path in messages, `before` what it held when it was read (None: it is new)."""

    path: Path
    shown: str
    before: bytes | None
    after: bytes


@dataclass(slots=True)
class _Step:
    """A target on its way: the new text and the old file beside it."""

    target: Target
    real: str
    new: str
    old: str
    done: bool = False
    lost: bool = False  # the old file could not be brought back, and stays under its second name
    state: os.stat_result | None = field(default=None)


def write_all(targets: Sequence[Target]) -> None:
    """Write all targets, new files first.  Raises WriteProblem when one cannot be written; then every file is as it was."""
    steps: list[_Step] = []
    shown = ""
    try:
        for target in sorted(targets, key=lambda target: target.before is not None):
            shown = target.shown
            steps.append(_prepared(target))
            _fill(steps[-1])
        for step in steps:
            shown = step.target.shown
            _replace(step)
        for folder in {os.path.dirname(step.real) for step in steps}:
            _sync_folder(folder)
    except BaseException as error:
        _restore(steps)
        if isinstance(error, OSError):
            raise WriteProblem(f"{shown}: cannot be written: {reason(error)}; nothing was changed") from None
        raise
    finally:
        for step in steps:
            for name in (step.new, "" if step.lost else step.old):
                with suppress(OSError):
                    os.unlink(name)


def _prepared(target: Target) -> _Step:
    """The names to use, after a look at the file: it must be as it was read, and may be replaced."""
    real = os.path.realpath(target.path)
    folder, name = os.path.split(real)
    beside = os.path.join(folder, f".{name[:200]}.qp-lint-{os.getpid()}")
    step = _Step(target, real, f"{beside}-new", f"{beside}-old")
    if target.before is None:
        if os.path.lexists(target.path):
            raise WriteProblem(f"{target.shown}: is there already; nothing was changed")
        return step
    step.state = os.stat(real)
    if not stat.S_ISREG(step.state.st_mode) or Path(real).read_bytes() != target.before:
        raise WriteProblem(f"{target.shown}: was changed meanwhile; nothing was written")
    if not step.state.st_mode & 0o222 or not os.access(real, os.W_OK):
        raise WriteProblem(f"{target.shown}: is read-only; nothing was changed")
    return step


def _fill(step: _Step) -> None:
    """Write the new text beside the file, with its mode, owner and extended attributes."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(step.new, flags, 0o666), "wb") as file:
        file.write(step.target.after)
        file.flush()
        os.fsync(file.fileno())
    if step.state is not None:
        new = os.stat(step.new)
        if hasattr(os, "chown") and (new.st_uid, new.st_gid) != (step.state.st_uid, step.state.st_gid):
            os.chown(step.new, step.state.st_uid, step.state.st_gid)
        shutil.copystat(step.real, step.new)
        os.utime(step.new)


def _replace(step: _Step) -> None:
    """Put the new text in the place of the old file, which keeps a second name."""
    if step.state is None:
        os.link(step.new, step.real)  # unlike a rename it overwrites nothing
        step.done = True
        return
    now = os.stat(step.real)
    if (now.st_ino, now.st_size, now.st_mtime_ns) != (step.state.st_ino, step.state.st_size, step.state.st_mtime_ns):
        raise WriteProblem(f"{step.target.shown}: was changed meanwhile; nothing was written")
    try:
        os.link(step.real, step.old)
    except OSError:  # a file system without links
        shutil.copy2(step.real, step.old)
    os.replace(step.new, step.real)
    step.done = True


def _restore(steps: Sequence[_Step]) -> None:
    """Undo what was done."""
    for step in reversed(steps):
        if not step.done:
            continue
        try:
            if step.state is None:
                os.unlink(step.real)
            else:
                os.replace(step.old, step.real)
        except OSError:
            step.lost = step.state is not None


def _sync_folder(folder: str) -> None:
    """Bring the new names to the disk, where folders can be."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
