"""What the projects of several frameworks have in common: the model's folder, the launch, what configures a strategy."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

from qp_lint.matrix.methods import Method

GPUS = 8
Files: TypeAlias = dict[str, str]
Project: TypeAlias = Callable[[Method, str, str], "Files | None"]
"""`(method, strategy, tuning)` to a project, text by path; None for what the framework has no way to ask for."""


def name_of(method: Method) -> str:
    """The model of a cell: a local folder, whose config.json is in the project."""
    return "model" if method.stored or not method.load else "base"


def checkpoint(method: Method) -> Files:
    """The model's config.json."""
    config: dict[str, object] = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "torch_dtype": "bfloat16",
        "hidden_size": 4096,
    }
    if method.stored:
        config["quantization_config"] = dict(method.stored)
    return {f"{name_of(method)}/config.json": json.dumps(config, indent=2)}


def launch(strategy: str, script: str) -> Files:
    """The launch script."""
    if strategy in ("single", "device-map"):
        return {"run.sh": f"python {script}\n"}
    if strategy.startswith("fsdp"):
        return {"run.sh": f"accelerate launch --config_file accelerate.yaml {script}\n"}
    return {"run.sh": f"torchrun --nproc_per_node {GPUS} {script}\n"}


def parallel(strategy: str) -> Files:
    """What configures the strategy beside the launch."""
    if strategy.startswith("zero"):
        zero: dict[str, object] = {"stage": int(strategy[4])}
        if strategy.endswith("offload"):
            zero |= {"offload_param": {"device": "cpu"}, "offload_optimizer": {"device": "cpu"}}
        sizes = ("train_micro_batch_size_per_gpu", "gradient_accumulation_steps", "train_batch_size")
        config = {"bf16": {"enabled": "auto"}, "zero_optimization": zero, **dict.fromkeys(sizes, "auto")}
        return {"deepspeed.json": json.dumps(config, indent=2)}
    if strategy.startswith("fsdp"):
        text = (
            f"compute_environment: LOCAL_MACHINE\ndistributed_type: FSDP\nmixed_precision: bf16\nnum_processes: {GPUS}\n"
            f"fsdp_config:\n  fsdp_version: {strategy[4]}\n  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP\n"
            "  fsdp_cpu_ram_efficient_loading: true\n  fsdp_state_dict_type: SHARDED_STATE_DICT\n"
        )
        return {"accelerate.yaml": text}
    return {}


def yaml_lines(keys: dict[str, str]) -> str:
    """A flat mapping in YAML."""
    return "".join(f"{key}: {value}\n" for key, value in keys.items())
