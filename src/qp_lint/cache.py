"""The result of a whole check, kept until anything that it depends on changes.

An entry is a JSON file under `.qp-lint-cache/` in the project's root, or under $QP_LINT_CACHE_DIR.  It holds what the reports
show and, for every file and folder that was looked at, its size and time of modification; comparing them takes
milliseconds.  A new or removed file shows in its folder's time.  Entries are data, never code: a cache that comes with a
cloned repository can at worst be wrong about a tree whose every time it guessed.  Whatever goes wrong, there is no entry.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from qp_lint import __version__
from qp_lint.diagnostics import Note, Severity, Suggestion
from qp_lint.report.view import Cell, Change, Diagnostic, Fix, Place, View
from qp_lint.text import Position

FOLDER = ".qp-lint-cache"
KEPT = 16  # entries of one folder; the oldest go first

State = list[int] | None  # size (0 for a folder) and modification time in nanoseconds; None: not there


def folder_of(root: Path, env: Mapping[str, str]) -> Path:
    """Where the entries of a project lie."""
    given = env.get("QP_LINT_CACHE_DIR")
    return Path(given) if given else root / FOLDER


def key_of(*parts: object) -> str:
    """The name of the entry for a question; `parts` are everything but the files that the answer depends on."""
    text = "\0".join(map(repr, (__version__, _installation(), *parts)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _installation() -> str:
    """Changes whenever a file of qp-lint does, rules included."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for top in (package, package.parents[1] / "rules"):  # the second is where a source checkout has the rules
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(names):
                path = os.path.join(folder, name)
                digest.update(f"{path}{state_of(path)}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def state_of(path: str) -> State:
    """What is compared of a file or folder."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return [0 if stat.S_ISDIR(found.st_mode) else found.st_size, found.st_mtime_ns]


def recall(folder: Path, key: str) -> View | None:
    """The view that was kept under `key`, if nothing has changed since."""
    import json

    try:
        entry = json.loads((folder / f"{key}.json").read_bytes())
        if any(state_of(path) != known for path, known in entry["depends"].items()):
            return None
        return _view(entry["view"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def remember(folder: Path, key: str, view: View, depends: Iterable[str], started: int) -> None:
    """Keep a view that depends on these files and folders (absolute).

    `started` is the time in nanoseconds since the epoch before anything was read.  When something changed since, or may
    have (clocks of file systems are coarse), nothing is kept.
    """
    import dataclasses
    import json

    try:
        folder.mkdir(parents=True, exist_ok=True)  # before times are taken: it changes its parent's
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        states = {path: state_of(path) for path in depends}
        if any(known is not None and _recent(known[1], started) for known in states.values()):
            return
        temporary = folder / f"{key}.{os.getpid()}"
        temporary.write_text(json.dumps({"depends": states, "view": dataclasses.asdict(view)}), encoding="utf-8")
        os.replace(temporary, folder / f"{key}.json")
        for old in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
            old.unlink()
    except (OSError, ValueError):
        return


def _recent(modified: int, started: int) -> bool:
    coarse = modified % 1_000_000_000 == 0
    return modified > started - (2_000_000_000 if coarse else 20_000_000)


def _place(data: Mapping[str, Any]) -> Place:
    cell = data["cell"]
    found = Cell(cell["number"], *_range(cell)) if cell is not None else None
    return Place(data["path"], *_range(data), data["message"], found)


def _range(data: Mapping[str, Any]) -> tuple[Position, Position, tuple[tuple[int, str], ...]]:
    lines = tuple((number, text) for number, text in data["lines"])
    return Position(**data["start"]), Position(**data["end"]), lines


def _suggestion(data: Mapping[str, Any]) -> Suggestion:
    return Suggestion(**{**data, "changes": tuple((name, value) for name, value in data["changes"])})


def _fix(data: Mapping[str, Any]) -> Fix:
    changes = (Change(_place(change["place"]), change["text"], change["new"]) for change in data["changes"])
    return Fix(data["title"], data["applicability"], tuple(changes))


def _diagnostic(data: dict[str, Any]) -> Diagnostic:
    changed = {
        "severity": Severity(data["severity"]),
        "place": _place(data["place"]),
        "related": tuple(map(_place, data["related"])),
        "settings": tuple((name, value) for name, value in data["settings"]),
        "suggestions": tuple(map(_suggestion, data["suggestions"])),
        "versions": tuple(data["versions"]),
        "fixes": tuple(map(_fix, data["fixes"])),
    }
    return Diagnostic(**{**data, **changed})


def _view(data: Mapping[str, Any]) -> View:
    notes = tuple(Note(**{**note, "severity": Severity(note["severity"])}) for note in data["notes"])
    return View(
        tuple(map(_diagnostic, data["diagnostics"])),
        tuple(map(_diagnostic, data["suppressed"])),
        notes,
        data["files"],
        data["runs"],
    )
