"""A cached result is the fresh one, and is used exactly as long as nothing changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from qp_lint import cache
from qp_lint.diagnostics import Finding, Note, Related, Severity, Suggestion
from qp_lint.report.view import View, view
from qp_lint.text import Source

KEY = cache.key_of("question")


@pytest.fixture
def kept() -> View:
    source = Source("a.py", "x = 1\né = [\n 2]\n")
    finding = Finding(
        *("QP101", "name", Severity.ERROR, "message", source.span(6, 14)),
        related=(Related(source.span(0, 1), "here"),),
        settings=(("quantization.method", "gptq"),),
        suggestions=(Suggestion("do", "this", "safe"),),
        versions=("torch 2.5",),
    )
    return view([finding], [finding], [Note("QP903", Severity.WARNING, "m", "b.py", 1, 2)], files=2, runs=1)


@pytest.fixture
def tree(tmp_path: Path) -> list[str]:
    """Two old files and their folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("a.py", "b.py"):
        (folder / name).write_text("x", encoding="utf-8")
    paths = [str(folder / "a.py"), str(folder / "b.py"), str(folder), str(folder / "missing.json")]
    for path in paths[:3]:
        os.utime(path, ns=(10**18 + 1, 10**18 + 1))
    return paths


def remember(folder: Path, view: View, tree: list[str]) -> None:
    cache.remember(folder, KEY, view, tree, time.time_ns())


def test_round_trip(tmp_path: Path, kept: View, tree: list[str]) -> None:
    remember(tmp_path / "cache", kept, tree)
    assert cache.recall(tmp_path / "cache", KEY) == kept
    assert cache.recall(tmp_path / "cache", cache.key_of("another question")) is None
    assert (tmp_path / "cache" / ".gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.mark.parametrize("change", ["edit", "touch", "add", "remove", "appear"])
def test_any_change_counts(tmp_path: Path, kept: View, tree: list[str], change: str) -> None:
    remember(tmp_path / "cache", kept, tree)
    one, two, folder, missing = map(Path, tree)
    if change == "edit":
        one.write_text("longer", encoding="utf-8")
    elif change == "touch":
        os.utime(one)
    elif change == "add":
        (folder / "c.py").write_text("", encoding="utf-8")
    elif change == "remove":
        two.unlink()
    else:
        missing.write_text("", encoding="utf-8")
    assert cache.recall(tmp_path / "cache", KEY) is None


def test_what_just_changed_is_not_kept(tmp_path: Path, kept: View, tree: list[str]) -> None:
    os.utime(tree[0])
    remember(tmp_path / "cache", kept, tree)
    assert cache.recall(tmp_path / "cache", KEY) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"depends": {}}', '{"depends": {}, "view": {"notes": 3}}', '{"depends": []}', "[" * 9999]
)
def test_corrupt_entries_are_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / f"{KEY}.json").write_text(text, encoding="utf-8")
    assert cache.recall(tmp_path, KEY) is None


def test_unwritable_folder_is_ignored(tmp_path: Path, kept: View, tree: list[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    remember(tmp_path / "file" / "cache", kept, tree)
    assert cache.recall(tmp_path / "file" / "cache", KEY) is None


def test_old_entries_go(tmp_path: Path, kept: View, tree: list[str]) -> None:
    for number in range(cache.KEPT + 3):
        cache.remember(tmp_path / "cache", cache.key_of(number), kept, tree, time.time_ns())
    assert len(list((tmp_path / "cache").glob("*.json"))) == cache.KEPT


def test_folder() -> None:
    assert cache.folder_of(Path("/p"), {}) == Path("/p/.qp-lint-cache")
    assert cache.folder_of(Path("/p"), {"QP_LINT_CACHE_DIR": "/c"}) == Path("/c")
