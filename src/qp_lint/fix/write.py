"""Files written together: all of them or none, and none half.

Each new text is written beside its file and brought to the disk before the first file is replaced.  Until the last one is, the
old files stay under a second name, from which they come back when something fails: at once, or, after the process was killed, by
the journal that it leaves (`journal.py`).
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qp_lint.discover import UNFINISHED, reason
from qp_lint.fix.journal import Busy, Step, digest_of, journal, sync


class WriteProblem(Exception):
    """Why nothing was written; the message names the file."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to write: `shown` is its path in messages, `before` what it held when it was read (None: it is new)."""

    path: Path
    shown: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class _Work:
    """A target, what is done with it, and how its file was when that began (None: it is new)."""

    target: Target
    step: Step
    state: os.stat_result | None


def write_all(targets: Sequence[Target], root: Path) -> None:
    """Write all targets, new files first; `root` is the folder in which their journal lies meanwhile.

    Raises WriteProblem when one cannot be written; then every file is as it was.
    """
    if not targets:
        return
    shown = ""
    try:
        works: list[_Work] = []
        for target in sorted(targets, key=lambda target: target.before is not None):
            shown = target.shown
            works.append(_prepared(target))
        folders = {os.path.dirname(work.step.real) for work in works}
        shown = str(root / UNFINISHED)
        with journal(root, [work.step for work in works]):
            for work in works:
                shown = work.target.shown
                _fill(work)
            sync(folders)
            for work in works:
                shown = work.target.shown
                _replace(work)
            sync(folders)
    except Busy:
        raise WriteProblem("another qp-lint is changing files here; nothing was changed") from None
    except OSError as error:
        left = (
            "what was changed will be put back when --fix runs again" if (root / UNFINISHED).exists() else "nothing was changed"
        )
        raise WriteProblem(f"{shown}: cannot be written: {reason(error)}; {left}") from None


def _prepared(target: Target) -> _Work:
    """What to do, after a look at the file: it must be as it was read, and may be replaced."""
    real = os.path.realpath(target.path)
    step = Step(real, os.getpid(), target.before is None, digest_of(target.after))
    if target.before is None:
        if os.path.lexists(target.path):
            raise WriteProblem(f"{target.shown}: is there already; nothing was changed")
        return _Work(target, step, None)
    state = os.stat(real)
    if not stat.S_ISREG(state.st_mode) or Path(real).read_bytes() != target.before:
        raise WriteProblem(f"{target.shown}: was changed meanwhile; nothing was written")
    if not state.st_mode & 0o222 or not os.access(real, os.W_OK):
        raise WriteProblem(f"{target.shown}: is read-only; nothing was changed")
    return _Work(target, step, state)


def _fill(work: _Work) -> None:
    """Write the new text beside the file, with its mode, owner and extended attributes; give the old one a second name."""
    step, state = work.step, work.state
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(step.new, flags, 0o666), "wb") as file:
        file.write(work.target.after)
        file.flush()
        os.fsync(file.fileno())
    if state is None:
        return
    new = os.stat(step.new)
    if hasattr(os, "chown") and (new.st_uid, new.st_gid) != (state.st_uid, state.st_gid):
        os.chown(step.new, state.st_uid, state.st_gid)
    shutil.copystat(step.real, step.new)
    os.utime(step.new)
    try:
        os.link(step.real, step.old)
    except OSError:  # a file system without links
        shutil.copy2(step.real, step.old)
        with open(step.old, "rb") as file:
            os.fsync(file.fileno())


def _replace(work: _Work) -> None:
    """Put the new text in the place of the old file."""
    step, state = work.step, work.state
    if state is None:
        _create(step)
        return
    now = os.stat(step.real)
    if (now.st_ino, now.st_size, now.st_mtime_ns) != (state.st_ino, state.st_size, state.st_mtime_ns):
        raise WriteProblem(f"{work.target.shown}: was changed meanwhile; nothing was written")
    os.replace(step.new, step.real)


def _create(step: Step) -> None:
    """Give the new text its name, which must be free."""
    try:
        os.link(step.new, step.real)  # unlike a rename it overwrites nothing
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(step.real):
            raise
        os.rename(step.new, step.real)
