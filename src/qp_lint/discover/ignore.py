"""Ignore patterns as git reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Ignore:
    """Compiled ignore patterns of one file: `base` is the folder they are relative to, with a final slash.

    `groups` are runs of patterns of one sign in order, (ignore or not, pattern); the last match decides, as in git.
    """

    base: str
    groups: list[tuple[bool, re.Pattern[str]]]

    def verdict(self, path: str) -> bool | None:
        """Whether an absolute path (folders with a final slash) is ignored; None when no pattern speaks of it."""
        relative = path[len(self.base) :]
        for ignored, pattern in reversed(self.groups):
            if pattern.match(relative):
                return ignored
        return None


def compiled(base: str, lines: Sequence[str]) -> Ignore:
    """Ignore patterns in as few regular expressions as their order allows; a malformed line is skipped, as git does."""
    groups: list[tuple[bool, list[str]]] = []
    for pattern in _patterns(lines):
        if pattern.include is None or pattern.regex is None:  # a comment, an empty line
            continue
        if not groups or groups[-1][0] != pattern.include:
            groups.append((pattern.include, []))
        groups[-1][1].append(_own(pattern.regex.pattern))
    return Ignore(base, [(sign, re.compile("|".join(texts))) for sign, texts in groups])


def _own(pattern: str) -> str:
    """pathspec's expression without what it matches below a folder: the walk does not enter ignored folders.

    `(?P<…>/)` marks the end of a folder's name, a final `/` or `/.*$` is what `folder/**` gives.
    """
    pattern = re.sub(r"\(\?P<\w+>/\)", r"(?:/\\Z)", pattern)
    pattern = re.sub(r"/(?:\.\*\$)?$", "/.", pattern)
    return pattern if pattern.startswith("^") else f".*?{pattern}"


def _patterns(lines: Sequence[str]) -> list[Any]:
    from pathspec import GitIgnoreSpec  # costs 25 ms to import

    try:
        return list(GitIgnoreSpec.from_lines(lines).patterns)
    except (ValueError, re.error):
        return _patterns(lines[: len(lines) // 2]) + _patterns(lines[len(lines) // 2 :]) if len(lines) > 1 else []


def ignored(path: str, ignores: list[Ignore]) -> bool:
    """Whether the innermost ignore file that speaks of a path ignores it."""
    for ignore in reversed(ignores):
        verdict = ignore.verdict(path)
        if verdict is not None:
            return verdict
    return False


def slash(folder: str) -> str:
    """A folder with its final slash."""
    return folder if folder.endswith("/") else folder + "/"
