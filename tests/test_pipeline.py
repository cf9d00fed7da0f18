"""How the pipeline names files."""

from __future__ import annotations

from pathlib import Path

import pytest

from qp_lint.diagnostics import Severity
from qp_lint.pipeline import check, shown_path


@pytest.mark.parametrize(
    ("folder", "shown"),
    [
        (".", "configs/ds.json"),
        ("..", "project/configs/ds.json"),
        ("configs", "ds.json"),
        ("scripts", "../configs/ds.json"),
        ("scripts/deep", "../../configs/ds.json"),
    ],
)
def test_paths_are_shown_from_the_working_directory(
    folder: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "project"
    for name in ("configs", "scripts/deep"):
        (root / name).mkdir(parents=True)
    monkeypatch.chdir(root / folder)
    assert shown_path(root)("configs/ds.json") == shown
    assert shown_path(root)("/elsewhere/model/config.json") == "/elsewhere/model/config.json"


def test_paths_elsewhere_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("project", "other"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert shown_path(tmp_path / "project")("train.py") == f"{tmp_path}/project/train.py"


PROJECT = {
    "configs/ds_z3.json": '{"zero_optimization": {"stage": 3}, "fp16": {"enabled": "auto"}}\n',
    "train.yaml": (
        "model_name_or_path: TheBloke/Llama-2-7B-GPTQ\nstage: sft\ndo_train: true\nfinetuning_type: lora\n"
        "dataset: alpaca\ntemplate: llama2\noutput_dir: out\ndeepspeed: configs/ds_z3.json\n"
    ),
    "run.sh": "FORCE_TORCHRUN=1 NPROC_PER_NODE=4 llamafactory-cli train train.yaml\n",
    "other.sh": "FORCE_TORCHRUN=1 NPROC_PER_NODE=2 llamafactory-cli train other.yaml\n",
    "requirements.txt": "llamafactory==0.9.5\n",
}


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("name", ["configs/ds_z3.json", "train.yaml", "run.sh"])
def test_with_a_file_the_whole_project_is_read(name: str, tmp_path: Path) -> None:
    root = written(tmp_path, {**PROJECT, "pyproject.toml": ""})
    whole, one = check([root]), check([root / name])
    assert [finding.code for finding in one.findings] == [finding.code for finding in whole.findings] == ["QP101"]


def test_outside_of_a_project_only_what_lies_beside_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qp_lint.pipeline.is_root", lambda folder: False)
    root = written(tmp_path, PROJECT)
    result = check([root / "train.yaml"], root=root)
    assert [finding.code for finding in result.findings] == ["QP101"]
    assert "other.sh" in result.project.files
    assert "configs/ds_z3.json" not in result.project.files
    assert check([root / "configs" / "ds_z3.json"], root=root).findings == []


def test_a_program_that_is_too_long_to_be_followed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qp_lint.evaluate.interpreter.STEPS", 300)
    text = (
        "from transformers import Trainer\ndef twice(x):\n    return x * 2\n"
        + "a = twice(1)\n" * 100
        + "Trainer(model, args).train()\n"
    )
    root = written(tmp_path, {"train.py": text, "short.py": "from transformers import Trainer\nTrainer(model, args).train()\n"})
    result = check([root])
    ((code, severity, path),) = [(note.code, note.severity.label, note.path) for note in result.notes]
    assert (code, severity, Path(path).name) == ("QP907", "info", "train.py")
    assert "300 steps" in result.notes[0].message
    assert not result.findings


BITS = """\
import argparse
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--bits", type=int)
args = parser.parse_args()
quantization = BitsAndBytesConfig(load_in_8bit=True) if args.bits == 8 else None
model = get_peft_model(AutoModelForCausalLM.from_pretrained("a/b", quantization_config=quantization), LoraConfig())
Trainer(model=model, args=TrainingArguments("out", fsdp="full_shard"), train_dataset=[]).train()
"""


def test_what_breaks_one_run_for_sure_and_may_break_another_is_one_finding(tmp_path: Path) -> None:
    launch = "torchrun --nproc_per_node 2 train.py --bits"
    for name, text in {"train.py": BITS, "any.sh": f"{launch} $1\n", "eight.sh": f"{launch} 8\n", "pyproject.toml": ""}.items():
        (tmp_path / name).write_text(text)
    (finding,) = check([tmp_path]).findings
    assert (finding.code, finding.severity, finding.certain) == ("QP214", Severity.ERROR, True)
    assert "eight.sh" in finding.run
    assert "any.sh" in finding.run
