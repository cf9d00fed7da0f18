"""Imports inside qp_lint go one way: each room knows only the rooms to its left."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import qp_lint

PACKAGE = Path(qp_lint.__file__).parent

# Left to right; rooms of one group are on a level and may import one another.
LAYERS = (
    ("compiled", "observer", "text"),
    ("tree",),
    ("diagnostics", "notes"),
    ("discover",),
    ("parse",),
    ("settings",),
    ("versions",),
    ("project",),
    ("requirements",),
    ("run",),
    ("evaluate",),
    ("frameworks",),
    ("carriers",),
    ("link",),
    ("rules",),
    ("judge",),
    ("selectors",),
    ("config",),
    ("policy",),
    ("suppress",),
    ("pipeline",),
    ("fix",),
    ("report",),
    ("matrix",),
    ("cache", "baseline", "api"),
    ("cli", "server"),
    ("__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def modules() -> list[Path]:
    """Every source file of the package but its root."""
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room(path: Path) -> str:
    """The room that a source file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The rooms that a module imports when it runs, at its top or inside functions, with the line."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from (found for other in node.orelse for found in imported(other))
        elif isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[1], node.lineno) for alias in node.names if alias.name.startswith("qp_lint."))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import on line {node.lineno}"
            if node.module == "qp_lint":
                yield from ((alias.name, node.lineno) for alias in node.names if alias.name in LEVEL)
            elif (node.module or "").startswith("qp_lint."):
                yield str(node.module).split(".")[1], node.lineno
        else:
            yield from imported(node)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path: Path) -> None:
    own = room(path)
    assert own in LEVEL, f"{own}: give the new room its place in LAYERS"
    wrong = [
        f"line {line}: {own} imports {other}"
        for other, line in imported(ast.parse(path.read_text(encoding="utf-8")))
        if LEVEL.get(other, len(LAYERS)) > LEVEL[own]
    ]
    assert not wrong
