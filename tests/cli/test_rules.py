"""`qp-lint rule` and `qp-lint explain`, with the rules that are shipped."""

from __future__ import annotations

import io
import json
import sys

import pytest

from qp_lint.cli import run

TRACEBACK = """\
[rank1]: Traceback (most recent call last):
[rank1]:   File "train.py", line 12, in <module>
[rank1]:     trainer.train()
[rank1]: ValueError: Cannot flatten integer dtype tensors
E1125 torch/distributed/elastic/multiprocessing/api.py:874] failed (exitcode: 1) local_rank: 1
"""

Capture = pytest.CaptureFixture[str]


def test_a_rule_by_code_and_by_name(capsys: Capture) -> None:
    assert run(["rule", "QP101"]) == 0
    by_code = capsys.readouterr().out
    assert run(["rule", "ptq-checkpoint-sharded"]) == 0
    assert capsys.readouterr().out == by_code
    for part in ("QP101 ptq-checkpoint-sharded (error", "Ways out", "Evidence", "Broken", "Sound", "docs/rules/QP101"):
        assert part in by_code


def test_a_built_in_diagnostic(capsys: Capture) -> None:
    assert run(["rule", "QP902"]) == 0
    assert "syntax-error" in capsys.readouterr().out


def test_all_rules_as_a_table_and_as_data(capsys: Capture) -> None:
    assert run(["rule", "--all"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("QP101") for line in lines)
    assert run(["rule", "--all", "--output-format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [entry["code"] for entry in data] == [line[:5] for line in lines]
    assert run(["rule", "QP101", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["examples"]["bad"]


@pytest.mark.parametrize("arguments", [["rule"], ["rule", "QP777"], ["rule", "--all", "QP101"], ["explain"]])
def test_wrong_usage(arguments: list[str], capsys: Capture) -> None:
    assert run(arguments) == 2
    assert "Error" in capsys.readouterr().err


def test_a_pasted_traceback_finds_its_rules(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TRACEBACK.encode()), "utf-8"))
    assert run(["explain", "-"]) == 0
    found = capsys.readouterr().out
    assert "QP210" in found
    assert "QP214" in found
    assert run(["explain", "--output-format", "json", "Cannot", "flatten", "integer", "dtype", "tensors"]) == 0
    assert "QP210" in [rule["code"] for rule in json.loads(capsys.readouterr().out)]


def test_an_unknown_error(capsys: Capture) -> None:
    assert run(["explain", "CUDA out of memory"]) == 1
    assert capsys.readouterr().out == "No rule knows this error.\n"
