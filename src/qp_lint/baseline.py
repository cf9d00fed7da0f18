"""A baseline: findings that a project has today and accepts for now, so that only new ones are reported.

The file is JSON, to be committed: how often a rule reports a line of a file.  A finding is known by its rule, its path from the
baseline's folder and the text of its first line (white space does not count), so it stays known while lines move.  What no
longer occurs is taken out; nothing is ever added but on request.
"""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from qp_lint.report.view import Diagnostic, Place, View

VERSION = 1


class BaselineError(Exception):
    """A baseline that cannot be used; the text names the file."""


class Known(NamedTuple):
    """What a finding is known by; `path` is posix and relative to the baseline's folder."""

    path: str
    code: str
    content: str


def known(code: str, place: Place, folder: Path) -> Known:
    """What a finding is known by, for a baseline in `folder`."""
    path = os.path.relpath(os.path.abspath(place.path), folder).replace(os.sep, "/")
    return Known(path, code, " ".join(dict(place.lines).get(place.start.line, "").split()))


def load(file: Path) -> Counter[Known]:
    """The findings of a baseline; raises BaselineError."""
    import json

    try:
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise BaselineError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{file}: is not JSON: {error}") from None
    version = data.get("version") if isinstance(data, dict) else None
    if version != VERSION:
        raise BaselineError(f"{file}: is no baseline of version {VERSION}; --write-baseline makes one")
    try:
        return Counter({_entry(item): _count(item) for item in data["findings"]})
    except (TypeError, KeyError, ValueError, AttributeError):
        raise BaselineError(f"{file}: holds an entry that is no finding; --write-baseline makes a new one") from None


def _entry(item: Mapping[str, Any]) -> Known:
    found = Known(item["path"], item["code"], item["content"])
    if not all(isinstance(part, str) for part in found):
        raise TypeError
    return found


def _count(item: Mapping[str, Any]) -> int:
    count = item["count"]
    if not isinstance(count, int) or count < 1:
        raise ValueError
    return count


def save(file: Path, findings: Mapping[Known, int]) -> None:
    """Write a baseline, one line a finding so that its history reads well; raises BaselineError."""
    import json

    entries = [
        json.dumps({"path": path, "code": code, "content": content, "count": count}, ensure_ascii=False)
        for (path, code, content), count in sorted(findings.items())
    ]
    body = "".join(f"\n    {entry}{',' if index < len(entries) else ''}" for index, entry in enumerate(entries, 1))
    text = f'{{\n  "version": {VERSION},\n  "findings": [{body}{chr(10) + "  " if body else ""}]\n}}\n'
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))
        os.replace(temporary, file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BaselineError(f"{file}: cannot be written: {error.strerror}") from None


def apply(shown: View, findings: Counter[Known], folder: Path, reason: str) -> tuple[View, Counter[Known]]:
    """The view with known findings suppressed for `reason`, and what of the baseline was not met."""
    left = Counter(findings)
    new: list[Diagnostic] = []
    hidden = list(shown.suppressed)
    for item in shown.diagnostics:
        key = known(item.code, item.place, folder)
        if left[key] > 0:
            left[key] -= 1
            hidden.append(dataclasses.replace(item, suppressed=reason, hidden_by="baseline"))
        else:
            new.append(item)
    return dataclasses.replace(shown, diagnostics=tuple(new), suppressed=tuple(hidden)), +left


def recorded(items: Iterable[Diagnostic], folder: Path, old: Counter[Known], kept: Callable[[str], bool]) -> Counter[Known]:
    """A new baseline: these findings, and of the old one those whose file (absolute path) `kept` says was not looked at."""
    rest = {key: count for key, count in old.items() if kept(os.path.normpath(folder / key.path))}
    return Counter(known(item.code, item.place, folder) for item in items) + Counter(rest)
