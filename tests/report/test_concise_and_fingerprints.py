"""The `concise` format, statistics, and fingerprints that survive moved lines."""

from __future__ import annotations

import dataclasses

from qp_lint.diagnostics import Finding
from qp_lint.report import names, renderer
from qp_lint.report.display import Style
from qp_lint.report.fingerprint import fingerprints
from qp_lint.report.phrases import statistics
from qp_lint.report.view import View
from qp_lint.text import Source


def test_concise(sample: View) -> None:
    assert renderer("concise")(sample, Style()) == (
        "train.yaml:3:1: error[QP101] LLaMA-Factory refuses a GPTQ checkpoint with DeepSpeed ZeRO-3\n"
        "old.py:3:1: warning[QP903] not UTF-8: byte 0xe9 on line 3\n"
        "Found 1 error, 1 warning in 4 files (1 run). 1 finding suppressed.\n"
    )


def test_statistics_count_suppressed_findings_too(sample: View) -> None:
    assert statistics(sample, Style(quiet=True)) == (
        "reported  suppressed  code  name\n       1           1  QP101  ptq-checkpoint-sharded\n"
    )


def test_formats_are_found_by_their_modules() -> None:
    assert {"full", "concise", "json"} <= set(names())
    assert all(callable(renderer(name)) for name in names())


def moved(finding: Finding, before: str) -> Finding:
    old = finding.span.source
    source = Source(old.path, before + old.text)
    return dataclasses.replace(finding, span=source.span(finding.span.start + len(before), finding.span.end + len(before)))


def test_fingerprint_survives_moves_and_spaces(finding: Finding) -> None:
    (one,) = fingerprints([finding])
    assert fingerprints([moved(finding, "# comment\n\n")]) == [one]
    assert fingerprints([moved(finding, "  \n")]) == [one]
    assert fingerprints([dataclasses.replace(finding, message="other words", versions=())]) == [one]


def test_fingerprint_tells_rules_runs_and_repeats_apart(finding: Finding) -> None:
    other = dataclasses.replace(finding, settings=(("quantization.method", "awq"),))
    third = dataclasses.replace(finding, code="QP102")
    found = fingerprints([finding, other, third, finding])
    assert len(set(found)) == 4
    assert found[0] == fingerprints([finding])[0]
