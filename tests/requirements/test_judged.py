"""How what a project admits of a package decides a finding, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from qp_lint.cli import run

SCRIPT = """\
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("meta-llama/Llama-3.1-8B", load_in_4bit=True)
model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
Trainer(model=model, args=TrainingArguments("out", bf16=True), train_dataset=[]).train()
"""
BOUNDARY = "(with transformers >=5.0; other versions are admitted too)"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "train.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "arguments", "severity"),
    [
        ({}, [], "error"),  # the newest release
        ({"requirements.txt": "transformers>=5,<6\n"}, [], "error"),
        ({"requirements.txt": "transformers>=4.50\n"}, [], "warning"),
        ({"requirements.txt": "transformers~=4.57.1\n"}, [], ""),
        ({"requirements.txt": "transformers>=5,<6\n"}, ["--target", "transformers==4.57.6"], ""),
        ({"requirements.txt": "transformers==4.57.6\n"}, ["--target", "transformers>=5"], "error"),
        ({"requirements.txt": "transformers>=5\n", "qp-lint.toml": 'target-versions = {transformers = "==4.57.6"}\n'}, [], ""),
    ],
)
def test_severity_by_what_is_admitted(
    files: dict[str, str],
    arguments: list[str],
    severity: str,
    project: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in files.items():
        (project / name).write_text(text)
    run(["--output-format", "concise", *arguments, "."])
    said = capsys.readouterr().out
    assert (f"{severity}[QP222]" in said) if severity else ("QP222" not in said), said
    assert (BOUNDARY in said) == (severity == "warning")


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ("", "transformers 5.23.0 (newest release known to qp-lint)"),
        ("transformers==4.57.6", "transformers==4.57.6 (requirements.txt:1)"),
        ("transformers>=4.56,<5", "transformers>=4.56,<5 (requirements.txt:1), judged as 4.56.2 to 4.57.6"),
    ],
)
def test_show_runs_says_which_versions_and_why(
    requirement: str, said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "requirements.txt").write_text(f"{requirement}\n")
    run(["--show-runs", "."])
    shown = capsys.readouterr().out.splitlines()
    assert f"  version: {said}" in shown
    assert any("version: bitsandbytes 0.50.2" in line for line in shown), "what quantizes is judged by its version too"


def test_what_only_old_releases_do_is_a_warning_that_names_the_boundary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fsdp2.yaml").write_text("distributed_type: FSDP\nfsdp_config:\n  fsdp_version: 2\nnum_processes: 8\n")
    (tmp_path / "requirements.txt").write_text("torch>=2.4\n")
    monkeypatch.chdir(tmp_path)
    run(["--output-format", "concise", "."])
    said = capsys.readouterr().out
    assert "warning[QP347]" in said
    assert "(with torch <2.6; other versions are admitted too)" in said
