"""Which rules are on, and where they are ignored."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qp_lint.config import Config, ConfigError
from qp_lint.diagnostics import Note, Severity
from qp_lint.policy import Policy, policy, rebased
from qp_lint.selectors import Catalogue, UnknownSelector, catalogue

RULES = (("QP101", "ptq-checkpoint-sharded"), ("QP102", "ptq-plain-zero3"), ("QP201", "bnb-storage-dtype"))
CATALOGUE: Catalogue = catalogue(RULES)


def codes(**config: tuple[str, ...]) -> set[str]:
    found = CATALOGUE.enabled(config.get("select", ()), config.get("extend", ()), config.get("ignore", ()))
    return {code for code in found if code in dict(RULES)}


def resolve(base: Path = Path("/p"), **config: object) -> Policy:
    return policy(Config(**config), CATALOGUE, base)  # type: ignore[arg-type]


def test_selection() -> None:
    assert codes() == {"QP101", "QP102", "QP201"}
    assert codes(select=("QP1",)) == {"QP101", "QP102"}
    assert codes(select=("ptq-plain-zero3",)) == {"QP102"}
    assert codes(select=("QP201",), extend=("QP101",)) == {"QP201", "QP101"}
    assert codes(ignore=("QP1",)) == {"QP201"}
    assert codes(ignore=("ALL",)) == set()


def test_the_more_specific_selector_wins() -> None:
    assert codes(select=("QP101",), ignore=("QP1",)) == {"QP101"}
    assert codes(select=("QP1",), ignore=("QP101",)) == {"QP102"}
    assert codes(select=("QP101",), ignore=("ptq-checkpoint-sharded",)) == set()
    assert codes(extend=("QP101",), ignore=("ALL",)) == {"QP101"}


def test_unknown_selectors() -> None:
    with pytest.raises(UnknownSelector, match="did you mean 'QP101'"):
        CATALOGUE.codes("QP1O1")
    with pytest.raises(UnknownSelector, match="did you mean 'ptq-checkpoint-sharded'"):
        CATALOGUE.codes("ptq-checkpoints-sharded")
    with pytest.raises(ConfigError, match="`ignore`: unknown rule 'QP777'"):
        resolve(ignore=("QP777",))
    with pytest.raises(ConfigError, match="`per-file-ignores`: unknown rule"):
        resolve(per_file_ignores=(("*", ("x",)),))


def test_severities_from_general_to_special() -> None:
    found = resolve(severity=(("QP101", "error"), ("QP1", "off"), ("ALL", "info")))
    assert found.severities["QP101"] is Severity.ERROR
    assert "QP101" in found.enabled
    assert "QP102" not in found.enabled
    assert found.severities["QP201"] is Severity.INFO


def test_notes_are_shown_unless_ignored() -> None:
    note = Note("QP903", Severity.WARNING, "m", "a.py")
    assert resolve(select=("QP101",)).note(note) == note
    assert resolve(ignore=("QP9",)).note(note) is None
    raised = resolve(severity=(("QP903", "error"),)).note(note)
    assert raised is not None
    assert raised.severity is Severity.ERROR


def test_per_file_ignores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    found = resolve(tmp_path, per_file_ignores=(("sub/*.json", ("QP1",)), ("old.yaml", ("ALL",))))
    assert found.ignored_by("a.json", "QP101") == "sub/*.json"
    assert found.ignored_by(os.path.join("..", "a.json"), "QP101") == ""
    assert found.ignored_by("a.json", "QP201") == ""
    assert found.ignored_by("deep/old.yaml", "QP201") == "old.yaml"


@pytest.mark.parametrize(
    ("pattern", "base", "root", "expected"),
    [
        ("*.bak", "/p", "/p", "*.bak"),
        ("*.bak", "/p", "/p/a/b", "*.bak"),
        ("/a/b/x.py", "/p", "/p/a/b", "/x.py"),
        ("a/*/x/", "/p", "/p/a/b", "/x/"),
        ("c/x.py", "/p", "/p/a/b", None),
        ("/a/", "/p", "/p/a/b", "**"),
        ("!a/b/x", "/p", "/p/a/b", "!/x"),
        ("a/**/x", "/p", "/p/a/b", "/**/x"),
        ("**/x/y", "/p", "/p/a", "**/x/y"),
        ("*.bak", "/p/c", "/p", "/c/**/*.bak"),
        ("/x", "/p/c", "/p", "/c/x"),
        ("/x", "/q", "/p", None),
    ],
)
def test_patterns_move_with_their_folder(pattern: str, base: str, root: str, expected: str | None) -> None:
    assert list(rebased([pattern], Path(base), Path(root))) == ([expected] if expected else [])
