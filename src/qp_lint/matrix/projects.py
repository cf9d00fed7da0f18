"""The project of a cell, as a user of each framework would write it: text by path, None for what it cannot express."""

from __future__ import annotations

import json
from collections.abc import Callable

from qp_lint.matrix.methods import Method

GPUS = 8
Files = dict[str, str]


def transformers(method: Method, strategy: str, tuning: str) -> Files | None:
    """A script with the Trainer."""
    deepspeed = strategy.startswith("zero")
    options = ["dtype=torch.bfloat16"]
    if method.load:
        options.append(f"quantization_config={method.load}")
    elif method.name in ("gptq", "awq"):
        options.append(
            f'quantization_config={"GPTQConfig(bits=4, " if method.name == "gptq" else "AwqConfig("}backend="auto_trainable")'
        )
    if strategy == "device-map":
        options.append('device_map="auto"')
    extra = {"gptq": ", GPTQConfig", "awq": ", AwqConfig"}.get(method.name, "")
    lines = [
        "import torch",
        "from peft import LoraConfig, get_peft_model",
        f"from transformers import AutoModelForCausalLM, Trainer, TrainingArguments{extra}",
        *method.imports.splitlines(),
        "",
        f'args = TrainingArguments("out", bf16=True{", deepspeed=" + repr("deepspeed.json") if deepspeed else ""})',
        f"model = AutoModelForCausalLM.from_pretrained({name_of(method)!r}, {', '.join(options)})",
        *(["model = get_peft_model(model, LoraConfig(r=16, task_type='CAUSAL_LM'))"] if tuning == "lora" else []),
        "Trainer(model=model, args=args, train_dataset=data).train()",
    ]
    return {"train.py": "\n".join(lines) + "\n", **launch(strategy, "train.py"), **checkpoint(method), **parallel(strategy)}


def llamafactory(method: Method, strategy: str, tuning: str) -> Files | None:
    """A YAML file for `llamafactory-cli train`."""
    if (method.load and not method.on_load) or strategy == "device-map" or method.name == "bnb-4bit-bf16":
        return None  # it stores 4-bit weights in the compute dtype by itself
    keys = {
        "model_name_or_path": name_of(method),
        "stage": "sft",
        "do_train": "true",
        "finetuning_type": tuning,
        "dataset": "alpaca_en_demo",
        "template": "llama3",
        "output_dir": "out",
        "bf16": "true",
        "val_size": "0.1",
    }
    if method.on_load:
        keys |= {"quantization_bit": str(method.bits), "quantization_method": method.on_load}
    if strategy.startswith("zero"):
        keys["deepspeed"] = "deepspeed.json"
    run = f"FORCE_TORCHRUN=1 NPROC_PER_NODE={GPUS} llamafactory-cli train train.yaml"
    if strategy == "single":
        run = "CUDA_VISIBLE_DEVICES=0 llamafactory-cli train train.yaml"
    elif strategy.startswith("fsdp"):
        run = "accelerate launch --config_file accelerate.yaml src/train.py train.yaml"
    text = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return {"train.yaml": text, "run.sh": f"{run}\n", **checkpoint(method), **parallel(strategy)}


def axolotl(method: Method, strategy: str, tuning: str) -> Files | None:
    """A YAML file for `axolotl train`."""
    if strategy in ("device-map", "fsdp1") or (method.load and method.on_load != "bnb") or method.name == "bnb-4bit":
        return None  # FSDP1 is gone; 4-bit weights are stored in bfloat16
    keys = {"base_model": name_of(method), "bf16": "true", "micro_batch_size": "1", "num_epochs": "1", "output_dir": "./out"}
    keys |= {"sequence_len": "2048", "optimizer": "adamw_torch", "learning_rate": "0.0002", "gradient_accumulation_steps": "4"}
    if method.bits == 4 and method.on_load:
        keys["load_in_4bit"] = "true"
    elif method.bits == 8 and method.on_load:
        keys["load_in_8bit"] = "true"
    if method.name == "gptq":
        keys["gptq"] = "true"
    if tuning == "lora":
        keys |= {"adapter": "qlora" if keys.get("load_in_4bit") else "lora", "lora_r": "16", "lora_alpha": "32"}
        keys["lora_target_linear"] = "true"
    if strategy.startswith("zero"):
        keys["deepspeed"] = "deepspeed.json"
    text = (
        "".join(f"{key}: {value}\n" for key, value in keys.items()) + "datasets:\n  - path: tatsu-lab/alpaca\n    type: alpaca\n"
    )
    if strategy == "fsdp2":
        text += (
            "fsdp_version: 2\nfsdp_config:\n  reshard_after_forward: true\n  transformer_layer_cls_to_wrap: LlamaDecoderLayer\n"
        )
    processes = 1 if strategy == "single" else GPUS
    run = f"axolotl train config.yaml --launcher torchrun -- --nproc_per_node {processes}\n"
    return {"config.yaml": text, "run.sh": run, **checkpoint(method), **parallel(strategy)}


PROJECTS: dict[str, Callable[[Method, str, str], Files | None]] = {
    "transformers": transformers,
    "llamafactory": llamafactory,
    "axolotl": axolotl,
}


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
