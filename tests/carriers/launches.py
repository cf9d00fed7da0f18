"""The launches of small projects that exist in memory only, as plain values."""

from __future__ import annotations

from pathlib import Path

from qp_lint.carriers import find_launches
from qp_lint.carriers.base import Launch
from qp_lint.project import Project
from qp_lint.tree import Choice, Node, Scalar


def launches(**files: str) -> list[Launch]:
    """The launches of files by path, `__` for a slash."""
    overlay = {path.replace("__", "/"): text for path, text in files.items()}
    return launches_of(overlay)


def launches_of(overlay: dict[str, str]) -> list[Launch]:
    project = Project(Path("/nowhere"), tuple(sorted(overlay)), overlay=overlay)
    found = list(find_launches(project))
    assert not project.notes
    return found


def value(node: Node) -> object:
    if isinstance(node, Choice):
        return [value(option) for option in node.options]
    return node.value if isinstance(node, Scalar) else None


def lines(*found: Launch) -> list[str]:
    """The commands as text; `?` for a word that is not known."""
    return [" ".join("?" if value(word) is None else str(value(word)) for word in launch.command.words) for launch in found]


def env(launch: Launch) -> dict[str, object]:
    return {name: value(node) for name, node in launch.command.env.items()}


def only(overlay: dict[str, str]) -> Launch:
    (launch,) = launches_of(overlay)
    return launch
