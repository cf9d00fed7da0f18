"""What a checkpoint's own config.json says of where it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from qp_lint.link import link
from qp_lint.project import Project
from qp_lint.versions import Versions

STORED = {"quant_method": "gptq", "bits": 4}


def base(folder: str, config: Mapping[str, object], **others: Mapping[str, object]) -> object:
    """The base model of a local checkpoint, as a run that trains it sees it; `others` are config.json files by folder."""
    files = {"train.yaml": f"model_name_or_path: {folder}\nstage: sft\ndo_train: true\ndataset: x\ntemplate: llama3\n"}
    files |= {f"{name}/config.json": json.dumps(text) for name, text in {folder: config, **others}.items()}
    project = Project(Path("/nowhere"), tuple(files), overlay=files)
    (run,) = link(project, lambda path: Versions({}))
    return run.value("model.base")


@pytest.mark.parametrize(
    ("folder", "config", "expected"),
    [
        ("models/llama-gptq", {"_name_or_path": "meta-llama/Llama-2-7b-hf"}, "meta-llama/Llama-2-7b-hf"),
        ("model", {"base_model": "Qwen/Qwen3-8B", "_name_or_path": "x/y"}, "Qwen/Qwen3-8B"),
        ("model", {"base_model": ["Qwen/Qwen3-8B"]}, None),
        ("Llama-2-7B-GPTQ", {"_name_or_path": "TheBloke/Llama-2-7B-GPTQ"}, None),  # saved anew
        ("model", {"_name_or_path": "TheBloke/Llama-2-7B-GPTQ"}, None),
        ("quantized/llama", {"_name_or_path": "meta-llama/llama"}, None),  # it may be this one
        ("model", {"_name_or_path": "model"}, None),
        ("model", {"_name_or_path": "./base"}, None),
        ("model", {"_name_or_path": "/data/llama"}, None),
        ("model", {"_name_or_path": "models/llama-7b"}, None),  # somebody's folder
        ("model", {"_name_or_path": "saves/llama-7b"}, None),
        ("model", {"_name_or_path": "alice/checkpoint-500"}, None),
        ("model", {"_name_or_path": "alice/llama/merged"}, None),
        ("model", {"_name_or_path": ""}, None),
        ("model", {}, None),
    ],
)
def test_base(folder: str, config: dict[str, object], expected: object) -> None:
    assert base(folder, {"model_type": "llama", "quantization_config": STORED, **config}) == expected


def test_base_in_the_project() -> None:
    named: dict[str, object] = {"quantization_config": STORED, "_name_or_path": "models/llama-7b"}
    assert base("models/llama-7b-gptq", named, **{"models/llama-7b": {"model_type": "llama"}}) == "models/llama-7b"
    assert base("models/llama-7b-gptq", named, **{"models/llama-7b": {"quantization_config": STORED}}) is None


def test_a_model_that_is_not_quantized_has_none() -> None:
    assert base("model", {"_name_or_path": "meta-llama/Llama-2-7b-hf"}) is None
