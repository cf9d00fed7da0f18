"""Every rule's examples, as a user would run them: the bad ones are found, the ok ones are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from qp_lint.diagnostics import Severity
from qp_lint.pipeline import Options, check
from qp_lint.rules.explain import match
from qp_lint.rules.load import load_rules, rule_files, whole

RULES = {rule.code: rule for rule in load_rules(cache=False)}


def examples(kind: str) -> Iterator[Any]:
    for code in RULES:
        for number, example in enumerate(whole(code).get("examples", {}).get(kind, ()), 1):
            yield pytest.param(code, example, id=f"{code}-{kind}{number}")


def run(example: Mapping[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, text in example["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    arguments = list(example.get("args", ()))
    targets = {}
    while "--target" in arguments:
        index = arguments.index("--target")
        package, _, version = arguments[index + 1].partition("==")
        targets[package] = f"=={version}"
        del arguments[index : index + 2]
    assert not arguments, arguments
    return check(["."], Options(targets=targets, rule_cache=False), root=folder)


@pytest.mark.parametrize(("code", "example"), examples("bad"))
def test_bad(code: str, example: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(example, tmp_path, monkeypatch)
    mine = [finding for finding in result.findings if finding.code == code]
    others = [f"{finding.code} {finding.message}" for finding in result.findings if finding.code != code]
    assert mine, f"nothing found; others: {others}; notes: {result.notes}; runs: {[dict(run.settings) for run in result.runs]}"
    places = {f"{place.source.path}:{place.begin.line}" for finding in mine for place in (finding.span.outermost(),)}
    assert set(example.get("expect", ())) <= places, places
    assert all("{" not in finding.message for finding in mine)


@pytest.mark.parametrize(("code", "example"), examples("ok"))
def test_ok(code: str, example: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(example, tmp_path, monkeypatch)
    allowed = set(example.get("allow", ()))
    wrong = [
        f"{finding.code} {finding.message}"
        for finding in result.findings
        if finding.code == code or (finding.severity is Severity.ERROR and finding.code not in allowed)
    ]
    assert not wrong
    assert result.runs, "an ok example must be understood, not skipped"


@pytest.mark.parametrize("code", RULES)
def test_every_exception_text_is_explained(code: str) -> None:
    for text in RULES[code].texts:
        filled = text.replace("...", "x y z")
        assert RULES[code] in match(f"Traceback (most recent call last):\n[rank0]: ValueError: {filled}\n", list(RULES.values()))


def test_rules_are_complete() -> None:
    assert len(RULES) == len(rule_files())
    for code in RULES:
        data = whole(code)
        if data.get("when"):
            assert data.get("evidence"), code
            assert data.get("examples", {}).get("bad"), code
            assert data.get("examples", {}).get("ok"), code
