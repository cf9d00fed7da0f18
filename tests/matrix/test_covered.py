"""What is known to work stays silent: in the matrix, and in the sound examples of rules and projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from qp_lint.link import link
from qp_lint.matrix import PROJECTS, Matrix, Question, known
from qp_lint.project import Project
from qp_lint.rules.load import load_rules, whole
from qp_lint.run import Run
from qp_lint.versions import Versions

OK_PROJECTS = sorted((Path(__file__).parents[1] / "projects").glob("*/ok-*"))


def cells(entry: Mapping[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    yield from ((m, s, t) for m in entry["method"] for s in entry["strategy"] for t in entry["tuning"])


@pytest.mark.parametrize("entry", known()["works"], ids=lambda entry: "-".join(entry["method"]))
def test_no_rule_speaks_of_what_is_known_to_work(entry: Mapping[str, list[str]]) -> None:
    """What holds for all that train through the Trainer holds for the Trainer itself; the others may refuse more."""
    for framework in entry.get("framework", ["transformers"]):
        for method, strategy, tuning in cells(entry):
            answer = Matrix().ask(Question(method, strategy, tuning, framework))
            assert answer.outcome == "works", (framework, method, strategy, tuning, answer.codes)


def test_every_combination_that_works_has_a_sound_example() -> None:
    have = {cell for run in sound_runs() for cell in cells_of(run)}
    missing = [cell for entry in known()["works"] if "framework" not in entry for cell in cells(entry) if cell not in have]
    assert not missing


def sound_runs() -> Iterator[Run]:
    """The training runs of all ok examples and projects, through whatever they train with the Trainer."""
    for rule in load_rules():
        for example in whole(rule.code).get("examples", {}).get("ok", ()):
            yield from training_runs(example["files"])
    for folder in OK_PROJECTS:
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != "expected.txt"]
        yield from training_runs({path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files})


def training_runs(files: Mapping[str, str]) -> Iterator[Run]:
    project = Project(Path("/"), tuple(sorted(files)), overlay=dict(files))
    for run in link(project, lambda path: Versions()):
        if run.value("purpose") == "train" and run.value("framework") in PROJECTS:
            yield run


def cells_of(run: Run) -> Iterator[tuple[str, str, str]]:
    """The cells that a run belongs to: a tuning that nobody can tell is any."""
    method = run.value("quantization.method") or "none"
    if method == "bitsandbytes":
        stored, storage = run.value("quantization.origin") == "checkpoint", run.value("quantization.storage_dtype")
        method = f"bnb-{run.value('quantization.bits')}bit"
        if method == "bnb-4bit":
            method += "-checkpoint" if stored else "-bf16" if storage in ("bfloat16", "float16") else ""
    strategy = run.value("parallel.strategy")
    if strategy == "naive-mp":
        strategy = "device-map"
    elif strategy == "zero3" and run.value("parallel.zero.offload_param") == "cpu":
        strategy = "zero3-offload"
    tuning = run.value("tuning.method")
    for name in ("lora", "full") if tuning is None else (tuning,):
        yield str(method), str(strategy), str(name)
