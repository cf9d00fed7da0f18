"""The matrix agrees with what GPUs did and with what LLaMA-Factory says."""

from __future__ import annotations

import json

import pytest

from qp_lint.cli import run
from qp_lint.matrix import METHODS, PROJECTS, STRATEGIES, TUNINGS, Matrix, Question
from qp_lint.matrix.methods import named

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("method", "strategy", "outcome"),
    [
        ("none", "fsdp2", "works"),
        ("bnb-4bit", "zero3", "works"),
        ("bnb-4bit", "fsdp1", "crashes"),
        ("bnb-4bit", "fsdp2", "no benefit"),
        ("bnb-4bit-bf16", "fsdp1", "works"),
        ("bnb-4bit-bf16", "fsdp2", "works"),
        ("bnb-8bit", "zero3", "works"),
        ("bnb-8bit", "fsdp2", "crashes"),
        ("gptq", "zero2", "works"),
        ("gptq", "zero3", "no benefit"),
        ("gptq", "fsdp2", "crashes"),
        ("awq", "fsdp1", "no benefit"),
        ("aqlm", "ddp", "crashes"),
        ("aqlm", "zero2", "works"),
        ("torchao", "ddp", "crashes"),
        ("quanto", "ddp", "works"),
        ("quanto", "zero2", "crashes"),
        ("hqq", "single", "refused"),
        ("fp8", "fsdp1", "crashes"),
        ("fp8", "fsdp2", "works"),
    ],
)
def test_lora_as_two_gpus_had_it(method: str, strategy: str, outcome: str) -> None:
    assert Matrix().ask(Question(method, strategy)).outcome == outcome


@pytest.mark.parametrize("strategy", ["single", "ddp", "zero2", "zero3", "fsdp1", "fsdp2"])
def test_full_tuning_of_a_quantized_model_is_refused_everywhere(strategy: str) -> None:
    assert Matrix().ask(Question("bnb-4bit", strategy, "full")).outcome == "refused"


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.stored and name not in ("fp8", "mxfp4")])
def test_llamafactory_refuses_stored_methods_under_zero3(method: str) -> None:
    assert "QP101" in Matrix().ask(Question(method, "zero3", "lora", "llamafactory")).codes


def test_versions_matter() -> None:
    question = Question("fp8", "single")
    assert Matrix({"transformers": "==4.57.6"}).ask(question).outcome == "refused"


def test_every_cell_has_an_answer_with_evidence_or_is_unknown() -> None:
    for framework in PROJECTS:
        for tuning in TUNINGS:
            for row in Matrix().table(list(METHODS)[:4], list(STRATEGIES), tuning, framework):
                for answer in row:
                    assert bool(answer.findings) + bool(answer.evidence) + (answer.outcome == "unknown") == 1


def test_names() -> None:
    assert named("QLoRA") == ("method", "bnb-4bit")
    assert named("zero-3") == ("strategy", "zero3")
    assert named("nonsense") is None


def test_can_in_a_sentence(capsys: Capture) -> None:
    assert run(["can", "gptq", "zero3", "lora", "--framework", "llamafactory"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("No: ")
    assert "QP101" in said
    assert "DeepSpeed ZeRO-3 or FSDP is incompatible with PTQ-quantized models." in said
    assert run(["can", "bnb-4bit", "zero3"]) == 0
    assert capsys.readouterr().out.startswith("Yes: ")
    assert run(["can", "gptq", "zero3", "--output-format", "json"]) == 0
    cell = json.loads(capsys.readouterr().out)
    assert cell["outcome"] == "no benefit"
    assert cell["evidence"]


@pytest.mark.parametrize(
    "arguments",
    [["can", "gptq"], ["can", "gptq", "zero9"], ["can", "gptq", "zero3", "--framework", "x"], ["matrix", "--method", "x"]],
)
def test_wrong_usage(arguments: list[str], capsys: Capture) -> None:
    assert run(arguments) == 2
    assert "Error" in capsys.readouterr().err


def test_the_table(capsys: Capture) -> None:
    assert run(["matrix", "--method", "bnb-8bit", "--method", "gptq", "--strategy", "zero3", "--strategy", "fsdp2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["zero3", "fsdp2"]
    assert lines[1].split() == ["bnb-8bit", "works", "crashes", "QP214"]
    assert run(["matrix", "--method", "gptq", "--strategy", "fsdp2", "--output-format", "markdown"]) == 0
    assert "[QP201](rules/QP201-" in capsys.readouterr().out
    assert run(["matrix", "--method", "gptq", "--strategy", "fsdp2", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["rules"][0]["code"] == "QP201"
