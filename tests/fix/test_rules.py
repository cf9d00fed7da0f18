"""Every fix of every rule, made on the rule's bad examples: the finding is gone and nothing new appears.

What each fix changes is kept in `golden/<rule>.diff`; `QP_LINT_UPDATE=1` rewrites those.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from qp_lint.diagnostics import Finding
from qp_lint.fix import Fix, fixes_of
from qp_lint.fix.diff import unified
from qp_lint.fix.rounds import texts_of
from qp_lint.pipeline import Options, Result, check
from qp_lint.rules.load import load_rules, whole

GOLDEN = Path(__file__).parent / "golden"


def fixable() -> Iterator[str]:
    """The rules with a fix that a program can make."""
    for rule in load_rules(cache=False):
        if any(fix.set and fix.applicability != "display-only" for fix in rule.fixes):
            yield rule.code


def checked(example: Mapping[str, Any], folder: Path) -> Result:
    words = list(example.get("args", ()))
    given = [words[index + 1].partition("==") for index, word in enumerate(words) if word == "--target"]
    targets = {package: f"=={version}" for package, _, version in given}
    return check(["."], Options(targets=targets, rule_cache=False, keep_runs=False), root=folder)


def attempts(
    code: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Mapping[str, Any], Finding, Fix | str]]:
    """Every suggestion of every bad example with what it becomes: a fix, or its title when it cannot be made there."""
    for number, example in enumerate(whole(code)["examples"]["bad"], 1):
        where = folder / str(number)
        for name, text in example["files"].items():
            path = where / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        monkeypatch.chdir(where)
        result = checked(example, where)
        for finding in result.findings:
            if finding.code == code:
                made = {(fix.title, fix.applicability): fix for fix in fixes_of(finding, result)}
                for suggestion in finding.suggestions:
                    if suggestion.changes:
                        key = suggestion.title, suggestion.applicability
                        yield f"{code}-bad{number}", example, finding, made.get(key, suggestion.title)


@pytest.mark.parametrize("code", list(fixable()))
def test_fixes(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ""
    for name, example, finding, fix in attempts(code, tmp_path, monkeypatch):
        if isinstance(fix, str):
            text += f"{name}: {fix}: cannot be made here\n\n"
            continue
        text += f"{name}: {fix.title} ({fix.applicability})\n{apply(fix, example, finding)}\n"
    assert text, "no example shows any of the rule's fixes"
    golden = GOLDEN / f"{code}.diff"
    if os.environ.get("QP_LINT_UPDATE"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.exists(), "run with QP_LINT_UPDATE=1 and read what it writes"
    assert text == golden.read_text(encoding="utf-8")


def apply(fix: Fix, example: Mapping[str, Any], finding: Finding) -> str:
    """Write a fix to the disk, check the project anew, and take it back; what it changes, as a diff."""
    folder = Path.cwd()
    before = checked(example, folder)
    texts = {Path(path): text for path, text in texts_of(before, [fix]).items()}
    old = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in texts}
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    after = checked(example, folder)
    counts = Counter(other.code for other in after.findings if other.severity >= finding.severity)
    counts -= Counter(other.code for other in before.findings)
    assert not counts, (fix, after.findings)
    assert not any(other.code == finding.code and other.message == finding.message for other in after.findings), fix
    assert not after.notes
    for path, was in old.items():
        if was is None:
            path.unlink()
        else:
            path.write_text(was, encoding="utf-8")
    return "".join(unified(path.relative_to(folder).as_posix(), old[path], text) for path, text in sorted(texts.items()))
