"""Changes as a unified diff that `patch -p1` and `git apply` take."""

from __future__ import annotations

import difflib
import os

END = "\\ No newline at end of file\n"


def unified(path: str, before: str | None, after: str) -> str:
    """The diff of one file by its shown path; `before` is None for a new one.  Empty when nothing changes."""
    name = _name(path)
    old = f"a/{name}" if before is not None else "/dev/null"
    lines = difflib.unified_diff(_lines(before or ""), _lines(after), _quoted(old), _quoted(f"b/{name}"))
    return "".join(line if line.endswith("\n") else f"{line}\n{END}" for line in lines)


def _name(path: str) -> str:
    """A path below the working directory as it is, another one as it leads there."""
    return os.path.relpath(path).replace(os.sep, "/") if os.path.isabs(path) else path


def _lines(text: str) -> list[str]:
    """Lines as `patch` counts them: only a line feed ends one."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _quoted(path: str) -> str:
    """With a tab behind a name that holds blanks, as git writes it."""
    return f"{path}\t" if " " in path else path
