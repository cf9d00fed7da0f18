"""What starts a program of the project by other means than its path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qp_lint.link import link
from qp_lint.project import Project
from qp_lint.run import Run
from qp_lint.versions import Versions

TRAIN = """\
from transformers import Trainer, TrainingArguments
def main():
    Trainer(args=TrainingArguments("out", bf16=True)).train()
"""
SCRIPT = TRAIN + 'if __name__ == "__main__":\n    main()\n'
SCRIPTS = '[project.scripts]\nfit = "pkg.train:main"\nother = "elsewhere.cli:main"\n'


def runs(**files: str) -> list[Run]:
    """The runs of a project in memory; `pkg__train` is `pkg/train.py`, `run` is `run.sh`."""
    overlay = {path.replace("__", "/") + ("" if "." in path else ".py"): text for path, text in files.items()}
    project = Project(Path("/nowhere"), tuple(sorted(overlay)), overlay=overlay)
    found = link(project, lambda path: Versions({}))
    assert not project.notes
    return found


@pytest.mark.parametrize(
    "command",
    [
        "fit --lr 1",
        "uv run fit",
        "poetry run fit",
        "uv run --frozen --extra gpu -- fit",
        "uvx --from . fit",
        "nsys profile -o out -t cuda fit",
        "CUDA_VISIBLE_DEVICES=0 nohup conda run -n llm --no-capture-output fit > log &",
    ],
)
def test_an_installed_command(command: str) -> None:
    (run,) = runs(**{"run.sh": command, "pyproject.toml": SCRIPTS, "src/pkg/train.py": TRAIN})
    assert run.name == "run.sh:1 + src/pkg/train.py:3"
    assert (run.value("train.precision"), run.value("launch.launcher")) == ("bf16", "python")
    assert {"pyproject.toml", "src/pkg/train.py"} <= set(run.files)


@pytest.mark.parametrize("command", ["other", "fit.sh", "unknown"])
def test_commands_that_the_project_does_not_install(command: str) -> None:
    assert runs(**{"run.sh": command, "pyproject.toml": SCRIPTS, "pkg/train.py": TRAIN}) == []


@pytest.mark.parametrize(
    "command", ["python -m pkg.train", "accelerate launch -m pkg.train", "torchrun -m pkg.train", "uv run pkg/train.py"]
)
def test_a_module(command: str) -> None:
    (run,) = runs(**{"run.sh": command, "pkg/train.py": SCRIPT})
    assert run.name == "run.sh:1 + pkg/train.py:3"


def test_each_turn_of_a_loop_is_told_apart() -> None:
    text = "for bits in 4 8; do\n  python train.py $bits\ndone\n"
    program = "import sys\n" + SCRIPT.replace("bf16=True", "bf16=sys.argv[1] == '8'")
    assert [(run.name, run.value("train.precision")) for run in runs(**{"run.sh": text, "train.py": program})] == [
        ("run.sh:2 with bits=4 + train.py:4", "no"),
        ("run.sh:2 with bits=8 + train.py:4", "bf16"),
    ]


def test_variables_that_a_script_sets_count_as_those_of_its_launch() -> None:
    program = 'import os\nos.environ["ACCELERATE_MIXED_PRECISION"] = "fp16"\nos.environ["CUDA_VISIBLE_DEVICES"] = "0,1"\n'
    program += SCRIPT.replace(", bf16=True", "")
    (run,) = runs(**{"run.sh": "torchrun --nproc_per_node 2 train.py", "train.py": program})
    assert (run.value("train.precision"), run.value("launch.visible_devices")) == ("fp16", 2)


def test_a_notebook_that_launches_a_script_trains_itself_too() -> None:
    cells = ["!torchrun --nproc_per_node 2 train.py", SCRIPT]
    text = json.dumps({"cells": [{"cell_type": "code", "metadata": {}, "source": cell} for cell in cells]})
    found = runs(**{"a.ipynb": text, "train.py": SCRIPT})
    assert [run.name for run in found] == ["a.ipynb:cell 1:1 + train.py:3", "a.ipynb:cell 2:3"]


def test_a_program_without_a_training_is_no_run() -> None:
    text = "python prepare.py\npython elsewhere.py\ntorchrun elsewhere.py\n"
    assert [run.name for run in runs(**{"run.sh": text, "prepare.py": "print('transformers')\n"})] == ["run.sh:3"]


@pytest.mark.parametrize("flags", ["--config_file $CONFIG", "--config_file ~/fsdp.yaml", "$FLAGS"])
def test_a_launch_configuration_that_is_not_in_reach_may_ask_for_anything(flags: str) -> None:
    text = f"accelerate launch {flags} --num_processes 4 train.py\n"
    (run,) = runs(**{"run.sh": text, "train.py": SCRIPT})
    assert (run.value("launch.processes"), run.value("parallel.strategy")) == (4, None)
    (plain,) = runs(**{"run.sh": text.replace(flags, ""), "train.py": SCRIPT})
    assert plain.value("parallel.strategy") == "ddp"
