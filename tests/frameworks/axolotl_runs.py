"""Runs of Axolotl for its tests."""

from __future__ import annotations

from pathlib import Path

from qp_lint.judge import judge
from qp_lint.link import link
from qp_lint.project import Project
from qp_lint.rules.load import load_rules
from qp_lint.run import Run
from qp_lint.versions import Admitted, Versions

BASE = """\
base_model: meta-llama/Llama-3.1-8B
datasets:
  - path: tatsu-lab/alpaca
    type: alpaca
sequence_len: 4096
micro_batch_size: 2
gradient_accumulation_steps: 4
num_epochs: 1
learning_rate: 2e-4
bf16: auto
gradient_checkpointing: true
"""
NEWEST, OLD = "0.21.0", "0.18.0"


def runs(files: dict[str, str], version: str = NEWEST) -> list[Run]:
    project = Project(Path("/nowhere"), tuple(sorted(files)), overlay=files)
    return link(project, lambda path: Versions({"axolotl": Admitted(f"=={version}", "test")}))


def one(command: str, config: str = "", /, *, version: str = NEWEST, base: str = BASE, **files: str) -> Run:
    found = runs({"run.sh": command + "\n", "train.yml": base + config, **files}, version)
    assert len(found) == 1, [run.name for run in found]
    return found[0]


def alone(config: str, version: str = NEWEST, base: str = BASE) -> Run:
    found = runs({"train.yml": base + config}, version)
    assert len(found) == 1
    return found[0]


def codes(run: Run) -> set[str]:
    return {finding.code for finding in judge([run], load_rules())}
