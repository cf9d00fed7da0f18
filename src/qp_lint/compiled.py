"""What is worked out from qp-lint's own files once and kept as JSON in the user's cache folder: rules, frameworks, releases.

An entry holds for one version of qp-lint and the size and time of every file that it was made from.  A cache that cannot be
read or written is no error: the work is then done again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from qp_lint import __version__


def compiled(name: str, files: Iterable[str | Path], build: Callable[[], Any]) -> Any:
    """What `build` makes of `files`, as plain data (JSON's types): from the cache named `name`, unless a file has changed."""
    key = [__version__, *(f"{os.fspath(path)} {stat.st_size} {stat.st_mtime_ns}" for path in files for stat in (os.stat(path),))]
    place = os.path.join(_folder(), f"{name}.json")
    try:
        with open(place, "rb") as file:
            kept = json.loads(file.read())
        if kept["key"] == key:
            return kept["data"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    data = build()
    _keep(place, {"key": key, "data": data})
    return data


def files_below(folder: str | Path, suffix: str) -> list[str]:
    """The files of a folder of qp-lint's own whose names end in `suffix`, in a fixed order."""
    found = []
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        found += [os.path.join(base, name) for name in sorted(names) if name.endswith(suffix)]
    return found


def _folder() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "qp-lint")


def _keep(place: str, entry: Any) -> None:
    scratch = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(scratch, "w", encoding="utf-8") as file:
            json.dump(entry, file)
        os.replace(scratch, place)
    except OSError:
        return
