"""Agreement with LLaMA-Factory itself on 1,200 training cases.

`tests/data/llamafactory-0.9.5.jsonl.gz` holds random cases (a train.yaml, what it names, the launch command) with the verdict
of LLaMA-Factory 0.9.5 on transformers 5.5.4 and torch 2.13: its own code was run on each case up to the creation of the
adapter, on a machine that pretended to have `gpus` GPUs.  Nothing was trained.

A linter does not see the machine.  The number of GPUs is told by a line `export CUDA_VISIBLE_DEVICES=…` in the launch script,
as a user could write it; `test_without_the_machine` leaves it out.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qp_lint.diagnostics import Finding, Severity
from qp_lint.judge import judge
from qp_lint.link import link
from qp_lint.project import Project
from qp_lint.rules.load import load_rules
from qp_lint.run import Run
from qp_lint.versions import Admitted, Versions

DATA = Path(__file__).parents[1] / "data" / "llamafactory-0.9.5.jsonl.gz"
VERSIONS = Versions({"llamafactory": Admitted("==0.9.5", "test"), "transformers": Admitted("==5.5.4", "test")})

# Rules that are stricter than LLaMA-Factory on purpose: what it accepts there fails later, or is not done.
STRICTER = {
    "QP102": "FSDP that LLaMA-Factory does not notice: GPTQ and AWQ fail under FSDP2 when they are wrapped",
    "QP106": "a misspelt quantization_method switches quantization off without a word",
    "QP123": "GaLore and APOLLO without `optim: adamw_torch` fail on torch 2.8 and later when the optimizer is created",
    "QP124": "layer-wise GaLore and APOLLO with gradient accumulation fail when the optimizer is created",
    "QP154": "8-bit weights under FSDP that LLaMA-Factory does not notice fail when they are wrapped",
    "QP220": "transformers 5 has no HQQ: it refuses while the weights are loaded, which was not done",
    "QP227": "AQLM's int16 codes fail when DDP sends them",
    "QP230": "torchao's int8 tensors fail when DDP or DeepSpeed wraps them",
    "QP251": "transformers' Trainer refuses methods that do not train",
    "QP267": "peft before 0.20 does not attach LoRA to the EETQ layers of transformers 5",
}
# The packages of these options were not installed: their cases end before the adapter is created.
CUT_SHORT = ("use_unsloth: true", "use_kt: true")
AFTER_LOADING = {"QP111", "QP112", "QP115", "QP116", "QP130", "QP131"}


@dataclass(frozen=True)
class Case:
    """A case with what the linter makes of it."""

    told: dict[str, Any]
    run: Run
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    @property
    def named(self) -> list[Finding]:
        """Findings that name the exception that was raised."""
        return [
            finding for finding in self.findings if finding.severity > Severity.INFO and finding.raises == self.told["message"]
        ]


def lint(told: dict[str, Any], *, machine: bool) -> Case:
    files = dict(told["files"])
    if machine:
        shebang, command = files["run.sh"].split("\n", 1)
        devices = ",".join(str(index) for index in range(told["gpus"]))
        files["run.sh"] = f"{shebang}\nexport CUDA_VISIBLE_DEVICES={devices}\n{command}"
    project = Project(Path("/nowhere"), tuple(sorted(files)), overlay=files)
    runs = link(project, lambda path: VERSIONS)
    assert len(runs) == 1, told["id"]
    assert not project.notes, told["id"]
    return Case(told, runs[0], judge(runs, load_rules()))


def told() -> Iterable[dict[str, Any]]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [lint(case, machine=True) for case in told()]


def unexpected(case: Case) -> list[str]:
    """Errors on a case that LLaMA-Factory accepts, beyond the rules that are stricter on purpose."""
    cut = any(line in CUT_SHORT for line in case.told["files"]["train.yaml"].splitlines())
    allowed = STRICTER.keys() | (AFTER_LOADING if cut else set())
    return [f"{case.told['id']}: {finding.code} {finding.message}" for finding in case.errors if finding.code not in allowed]


def test_refusals_while_quantization_is_configured_are_errors(cases: list[Case]) -> None:
    refused = [
        case for case in cases if case.told["function"] == "configure_quantization" and case.told["raised_by"] == "llamafactory"
    ]
    assert len(refused) > 40
    missed = [case.told["id"] for case in refused if not any(finding in case.errors for finding in case.named)]
    assert not missed


def test_refusals_by_llamafactory_are_named(cases: list[Case]) -> None:
    refused = [case for case in cases if case.told["raised_by"] == "llamafactory"]
    assert len(refused) > 450
    missed = Counter(case.told["message"] for case in refused if not case.named)
    assert missed.total() <= len(refused) // 100, missed


def test_accepted_cases_have_no_error(cases: list[Case]) -> None:
    accepted = [case for case in cases if case.told["verdict"] == "accept"]
    assert len(accepted) > 600
    assert [error for case in accepted for error in unexpected(case)] == []


def test_without_the_machine(cases: list[Case]) -> None:
    """Knowing less about the launch never adds an error."""
    for case in cases:
        blind = lint(case.told, machine=False)
        assert {finding.code for finding in blind.errors} <= {finding.code for finding in case.errors}, case.told["id"]


@pytest.mark.parametrize(
    ("fact", "setting"),
    [("zero3", "llamafactory.zero3"), ("fsdp_seen", "llamafactory.fsdp_seen"), ("parallel_mode", "parallel.distributed")],
)
def test_facts_of_the_launch(cases: list[Case], fact: str, setting: str) -> None:
    compared = 0
    for case in cases:
        seen = case.told["facts"][fact]
        if seen is not None:
            compared += 1
            assert case.run.value(setting) == (seen == "DISTRIBUTED" if fact == "parallel_mode" else seen), case.told["id"]
    assert compared > 600
