"""The matrix agrees with what GPUs did and with what LLaMA-Factory says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qp_lint.cli import run
from qp_lint.link import link
from qp_lint.matrix import METHODS, PROJECTS, STRATEGIES, TUNINGS, Matrix, Question, known
from qp_lint.matrix.methods import named
from qp_lint.project import Project
from qp_lint.versions import Versions

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


@pytest.mark.parametrize(
    ("cell", "outcome", "code"),
    [
        ("trl gptq fsdp2 lora", "crashes", "QP201"),
        ("accelerate bnb-4bit fsdp1 lora", "crashes", "QP210"),
        ("swift bnb-4bit zero2 lora", "works", ""),
        ("swift aqlm single full", "refused", "QP467"),
        ("swift vptq ddp lora", "refused", "QP251"),
        ("unsloth bnb-4bit ddp lora", "works", ""),
        ("unsloth bnb-4bit zero3 lora", "crashes", "QP507"),
        ("lightning bnb-4bit fsdp1 lora", "refused", "QP470"),
        ("litgpt bnb-4bit single lora", "works", ""),
        ("litgpt bnb-4bit fsdp2 lora", "refused", "QP480"),
        ("torchtune torchao-nf4 fsdp2 lora", "works", ""),
        ("openrlhf bnb-4bit zero2 full", "wrong", "QP532"),
        ("automodel bnb-4bit-bf16 fsdp2 lora", "works", ""),
        ("llama-cookbook bnb-8bit fsdp1 lora", "refused", "QP500"),
        ("lmflow bnb-8bit fsdp1 lora", "refused", "QP540"),
        ("h2o-llmstudio bnb-4bit zero3 lora", "refused", "QP541"),
        ("autotrain bnb-8bit ddp full", "ignored", "QP546"),
        ("xtuner bnb-4bit zero3 lora", "works", ""),
        ("xtuner bnb-4bit zero2 lora", "unknown", ""),  # nobody has shown it
        ("colossalai bnb-4bit ddp lora", "works", ""),
        ("colossalai bnb-8bit fsdp1 lora", "refused", "QP593"),
        ("colossalai none zero3 full", "refused", "QP595"),
    ],
)
def test_other_frameworks(cell: str, outcome: str, code: str) -> None:
    framework, method, strategy, tuning = cell.split()
    answer = Matrix().ask(Question(method, strategy, tuning, framework))
    assert answer.outcome == outcome
    assert (code in answer.codes) if code else not answer.codes


def test_every_synthetic_run_is_understood() -> None:
    """A project that qp-lint itself does not read would make every cell unknown."""
    for framework, write in PROJECTS.items():
        for strategy in STRATEGIES:
            for tuning in TUNINGS:
                files = write(METHODS["none"], strategy, tuning)
                if files is not None:
                    runs = link(Project(Path("/"), tuple(sorted(files)), overlay=dict(files)), lambda path: Versions({}))
                    assert [(run.value("framework"), run.value("purpose")) for run in runs] == [(framework, "train")], strategy


def test_a_framework_that_chooses_the_storage_answers_for_what_it_chooses(capsys: Capture) -> None:
    assert run(["can", "qlora", "fsdp2", "--framework", "axolotl"]) == 0
    assert capsys.readouterr().out.startswith("Yes: bitsandbytes 4-bit, bfloat16 storage")
    assert run(["can", "gptq", "zero3", "--framework", "litgpt"]) == 0
    assert capsys.readouterr().out.startswith("Unknown: qp-lint knows no way to ask for GPTQ")


def test_evidence_names_what_there_is() -> None:
    for entry in known()["works"]:
        assert set(entry["method"]) <= METHODS.keys()
        assert set(entry["strategy"]) <= STRATEGIES.keys()
        assert set(entry["tuning"]) <= TUNINGS.keys()
        assert set(entry.get("framework", known()["trainer"])) <= PROJECTS.keys()
        for framework in entry.get("framework", ()):  # what names a framework speaks of cells that it has
            for method in entry["method"]:
                for strategy in entry["strategy"]:
                    for tuning in entry["tuning"]:
                        assert Matrix().ask(Question(method, strategy, tuning, framework)).offered, (framework, method, strategy)
