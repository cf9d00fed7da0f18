"""The compatibility matrix: quantization × parallelism × tuning, asked of the same rules as everything else.

A cell is a small project, written in memory as a user of the framework would write it, linked and judged.  What no rule speaks of
works where `rules/matrix.yaml` has evidence that it does, and is unknown elsewhere.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qp_lint.diagnostics import Finding, Severity
from qp_lint.judge import judge
from qp_lint.link import link
from qp_lint.matrix.methods import METHODS, STRATEGIES, TUNINGS, Method
from qp_lint.matrix.projects import PROJECTS
from qp_lint.project import Project
from qp_lint.rules.load import folder, load_rules
from qp_lint.versions import Admitted, Versions

# What a finding's effect makes of a cell, the worst first.
OUTCOMES = {
    "refused": "refused",
    "crashes": "crashes",
    "silently-wrong": "wrong",
    "no-benefit": "no benefit",
    "ignored": "ignored",
}
WORKS, UNKNOWN = "works", "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """One cell: names from `methods` (`bnb-4bit`, `zero3`, `lora`) and a framework that `projects` can write."""

    method: str
    strategy: str
    tuning: str = "lora"
    framework: str = "transformers"


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a question: `outcome` is works, unknown or one of `OUTCOMES`; `evidence` is for what works.

    `offered` is false where the framework has no way to ask for the combination.
    """

    question: Question
    outcome: str
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    offered: bool = True

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules that speak of it."""
        return tuple(dict.fromkeys(finding.code for finding in self.findings))


@dataclass(slots=True)
class Matrix:
    """Answers questions for the versions in `targets` (package → specifier), else the newest releases."""

    targets: Mapping[str, str] = field(default_factory=dict)

    def ask(self, question: Question) -> Answer:
        """The answer to one question; raises KeyError for names that do not exist."""
        method = METHODS[question.method]
        write = PROJECTS[question.framework]
        others = method.only and question.framework not in method.only
        files = None if others else write(method, question.strategy, question.tuning)
        if files is None:
            return Answer(question, UNKNOWN, offered=False)
        versions = Versions({name: Admitted(specifier, "--target") for name, specifier in self.targets.items()})
        project = Project(Path("/"), tuple(sorted(files)), overlay=dict(files))
        runs = link(project, lambda path: versions)
        findings = [finding for finding in judge(runs, load_rules()) if finding.severity > Severity.INFO]
        if findings:
            findings.sort(key=lambda finding: list(OUTCOMES).index(finding.effect))
            return Answer(question, OUTCOMES[findings[0].effect], tuple(findings))
        evidence = evidence_of(question) if runs else ()
        return Answer(question, WORKS if evidence else UNKNOWN, (), evidence)

    def ask_nearest(self, question: Question) -> Answer:
        """The answer to a question; where a framework itself chooses how 4-bit weights are stored, for what it chooses."""
        answer = self.ask(question)
        other = {"bnb-4bit": "bnb-4bit-bf16", "bnb-4bit-bf16": "bnb-4bit"}.get(question.method)
        if answer.offered or other is None:
            return answer
        nearest = self.ask(replace(question, method=other))
        return nearest if nearest.offered else answer

    def table(self, methods: Sequence[str], strategies: Sequence[str], tuning: str, framework: str) -> list[list[Answer]]:
        """The answers by method (rows) and strategy (columns)."""
        return [[self.ask(Question(method, strategy, tuning, framework)) for strategy in strategies] for method in methods]


@functools.cache
def known() -> Mapping[str, Any]:
    """`rules/matrix.yaml`."""
    import yaml

    text = (folder() / "matrix.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return data


def evidence_of(question: Question) -> tuple[Mapping[str, Any], ...]:
    """The evidence that a cell works: of its framework, or of the Trainer where the framework trains through that."""
    data = known()
    return tuple(
        entry["evidence"]
        for entry in data["works"]
        if question.method in entry["method"]
        and question.strategy in entry["strategy"]
        and question.tuning in entry["tuning"]
        and question.framework in entry.get("framework", data["trainer"])
    )


__all__ = ["METHODS", "PROJECTS", "STRATEGIES", "TUNINGS", "Answer", "Matrix", "Method", "Question", "evidence_of", "known"]
