"""The evaluator against Python itself: what it says of a program covers what the program does.

`idioms/*.txt` hold small programs.  `=== name` begins one; `--- path` begins a further file of it.  Each ends in `lib.show(…)`.
Python runs it, once for each way through `lib.one_of(a, b)` and `lib.flag()`, which the evaluator does not know.  What it gives
for the arguments of `show` has to cover every outcome, and where there is only one, be that one; that of `=== name (open)` may
stay unknown.
"""

from __future__ import annotations

import itertools
import os
import sys
import types
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.evaluate.programs import calls, run

from qp_lint.evaluate import values
from qp_lint.tree import Choice, Mapping, Node, Scalar, Sequence

IDIOMS = Path(__file__).parent / "idioms"


@dataclass(frozen=True)
class Idiom:
    """One program and its further files."""

    name: str
    files: Map[str, str]
    is_open: bool


def idioms() -> Iterator[Idiom]:
    for path in sorted(IDIOMS.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
            name, _, text = block.partition("\n")
            main, *further = text.split("--- ")
            parts = (part.partition("\n") for part in further)
            files = {"train.py": f"import lib\n{main}", **{name: body for name, _, body in parts}}
            yield Idiom(f"{path.stem}: {name.removesuffix(' (open)')}", files, name.endswith(" (open)"))


def outcomes(idiom: Idiom, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What Python shows on each way through the program."""
    for name, text in idiom.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "argv", ["train.py"])
    code = compile(idiom.files["train.py"], "train.py", "exec", dont_inherit=True)
    ways = itertools.product((0, 1), repeat=4)
    picks = any(word in text for text in idiom.files.values() for word in ("lib.flag", "lib.one_of"))
    return [_outcome(code, way, folder, monkeypatch) for way in (ways if picks else [(0,)])]


def _outcome(code: types.CodeType, way: tuple[int, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    shown: list[object] = []
    picks = itertools.cycle(way)
    lib: Any = types.ModuleType("lib")
    lib.show = lambda *args: shown.append(args[0] if len(args) == 1 else list(args))
    lib.one_of = lambda *options: options[next(picks) % len(options)]
    lib.flag = lambda: lib.one_of(True, False)
    main: Any = types.ModuleType("__main__")
    main.__file__ = "train.py"
    before = set(sys.modules)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "lib", lib)
        patch.setitem(sys.modules, "__main__", main)
        exec(code, main.__dict__)
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(os.fspath(folder)):
            del sys.modules[name]
    return shown[-1]


def covers(node: Node, value: Any) -> bool:
    """Whether a node says nothing that is not so of a value."""
    if isinstance(node, Choice):
        return any(covers(option, value) for option in node.options)
    if isinstance(node, values.EnumMember):
        return bool(value.name == node.name)
    if isinstance(node, values.Path):
        return str(value) == node.value
    if isinstance(node, Scalar):
        return type(node.value) is type(value) and bool(node.value == value)
    if isinstance(node, Mapping):
        return isinstance(value, dict) and _covers_entries(node, {str(key): item for key, item in value.items()})
    if isinstance(node, Sequence):
        items = list(value)
        sure = [item for item in node.items if not isinstance(item, Choice)]
        fits = len(sure) <= len(items) and (node.open or len(items) <= len(node.items))
        return fits and (isinstance(value, set) or all(map(covers, node.items, items)))
    if isinstance(node, values.Instance):
        return all(covers(item, getattr(value, name)) for name, item in node.attributes.items() if hasattr(value, name))
    return True


def _covers_entries(node: Mapping, value: dict[str, Any]) -> bool:
    known = all(covers(entry.value, value.get(name)) for name, entry in node.entries.items())
    return known and (node.open or not value.keys() - node.entries.keys())


def is_exact(node: Node) -> bool:
    """Whether nothing of a value is left open."""
    if isinstance(node, Sequence):
        return not node.open and all(map(is_exact, node.items))
    if isinstance(node, Mapping):
        return not node.open and all(is_exact(entry.value) for entry in node.entries.values())
    if isinstance(node, values.Instance):
        return not node.open and all(map(is_exact, node.attributes.values()))
    return isinstance(node, Scalar)


@pytest.mark.parametrize("idiom", list(idioms()), ids=lambda idiom: idiom.name)
def test_python_does_nothing_else(idiom: Idiom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(idiom.files, "train.py", "")
    call = calls(found, "lib.show")[-1]
    node = call.args[0] if len(call.args) == 1 else Sequence(call.args)
    seen = outcomes(idiom, tmp_path, monkeypatch)
    for outcome in seen:
        assert covers(node, outcome), f"{outcome!r} is not covered by {node}"
    if not idiom.is_open and all(outcome == seen[0] for outcome in seen):
        assert is_exact(node), f"{seen[0]!r} is not known: {node}"
