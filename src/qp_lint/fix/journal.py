"""What is left for the next one when a write of several files is killed: a journal of the files that were to be replaced.

It lies in the project's root from before the first file is touched until the last one is written, and under a second name until
what lies beside the files is gone.  A journal that is found later, with nobody at work on it, is of a write that was cut short:
what it had replaced is put back, and what lies beside the files is removed.  So a fix is in all of its files or in none, whatever
happens in between.

A journal may come with a hostile project: it is heeded for files in its own folder and below, and for nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from qp_lint.discover import FINISHED, UNFINISHED


class Busy(Exception):
    """Somebody else is at work on a journal."""


@dataclass(frozen=True, slots=True)
class Step:
    """A file to replace or to make: `real` is its path, `process` who does it, `digest` that of the new text.

    Beside it lie the new text and, under a second name, the old file.
    """

    real: str
    process: int
    created: bool
    digest: str

    @property
    def new(self) -> str:
        """Where the new text waits; a file that is made keeps it until the end."""
        return self._beside("new")

    @property
    def old(self) -> str:
        """The second name of the old file."""
        return self._beside("old")

    def _beside(self, word: str) -> str:
        folder, name = os.path.split(self.real)
        return os.path.join(folder, f".{name[:200]}.qp-lint-{self.process}-{word}")

    def undo(self) -> bool:
        """Bring the old state back; False when the file was changed since it was written: then the old one stays beside it."""
        now = _read(self.real)
        written = now is not None and digest_of(now) == self.digest
        if self.created:
            if written:
                os.unlink(self.real)
        elif os.path.lexists(self.old) and not os.path.lexists(self.new):  # it was replaced
            if written:
                os.replace(self.old, self.real)
            elif now != _read(self.old):
                return False
        self.clean()
        return True

    def clean(self) -> None:
        """Remove what lies beside the file; the old one first: without a new one it would say that the file was replaced."""
        for name in (self.old, self.new):
            with suppress(FileNotFoundError):
                os.unlink(name)


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None


def digest_of(data: bytes) -> str:
    """What tells a text from others."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def journal(root: Path, steps: Sequence[Step]) -> Iterator[None]:
    """Keep a journal of steps while files are replaced; those that lie outside of the root (behind a link) are not in it.

    After an error the steps are undone; the journal stays where that fails.  Raises Busy when somebody else keeps one.
    """
    path, base = root / UNFINISHED, os.path.realpath(root)
    rows = [[os.path.relpath(s.real, base), s.process, s.created, s.digest] for s in steps if _inside(base, s.real)]
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
    except FileExistsError:
        raise Busy from None
    with open(handle, "r+b") as file:
        _lock(handle, path)
        try:
            file.write(json.dumps(rows).encode())
            file.flush()
            os.fsync(handle)
            sync([root])
            yield
            os.replace(path, root / FINISHED)
        except BaseException:
            if _undone(steps):
                path.unlink(missing_ok=True)
            raise
        with suppress(OSError):  # from here on nothing can be lost
            for step in steps:
                step.clean()
            os.unlink(root / FINISHED)


def _undone(steps: Sequence[Step]) -> bool:
    """Undo steps; whether all could be."""
    left = list(steps)
    for step in reversed(steps):
        with suppress(OSError):
            if step.undo():
                left.remove(step)
    return not left


def abandoned(folder: Path) -> bool:
    """Whether a write was cut short in a folder, with files that are to be put back."""
    path = folder / UNFINISHED
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with open(path, "rb") as file:
            _lock(file.fileno(), path)
    except (Busy, OSError):
        return False
    return True


def recover(folder: Path) -> list[tuple[str, bool]]:
    """Undo a write that was cut short; the files that were to be replaced, and whether each is as it was before.

    Empty when there was none.  Raises Busy while it is not cut short but at work, OSError when a file cannot be put back.
    """
    found: list[tuple[str, bool]] = []
    for name in (UNFINISHED, FINISHED):
        path = folder / name
        if not path.is_file() or path.is_symlink():
            continue
        with open(path, "r+b") as file:
            _lock(file.fileno(), path)
            for step in _steps(file.read(), os.path.realpath(folder)):
                if name == FINISHED:
                    step.clean()
                else:
                    found.append((step.real, step.undo()))
        path.unlink()
    return found


def _steps(data: bytes, base: str) -> Iterator[Step]:
    """The steps of a journal; none of one that was not written to its end, before anything was replaced."""
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError):
        return
    for row in rows if isinstance(rows, list) else ():
        match row:
            case [str() as name, int() as process, bool() as created, str() as digest]:
                real = os.path.normpath(os.path.join(base, name))
                if "\0" not in name and os.path.realpath(real) == real and _inside(base, real):
                    yield Step(real, process, created, digest)


def _inside(base: str, path: str) -> bool:
    return path.startswith(os.path.join(base, ""))


def _lock(handle: int, path: Path) -> None:
    """Be the only one at work on a journal, where files can be locked; raises Busy."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), os.stat(path)):
            return
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:  # a file system without locks
        return
    raise Busy


def sync(folders: Iterable[str | Path]) -> None:
    """Bring new names to the disk, where folders can be."""
    for folder in folders:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
