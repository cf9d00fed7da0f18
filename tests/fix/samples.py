"""Projects with one finding each, and what a fix makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

TRAIN = """\
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained(
    "mistralai/Mistral-7B-v0.3",
    quantization_config=BitsAndBytesConfig(load_in_8bit=True),
    torch_dtype=torch.bfloat16,
)
model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
Trainer(model=model, args=TrainingArguments("out", bf16=True), train_dataset=[]).train()
"""
FOUR_BITS = TRAIN.replace("load_in_8bit=True", "load_in_4bit=True")
FSDP = """\
compute_environment: LOCAL_MACHINE
distributed_type: FSDP
mixed_precision: bf16
num_processes: 8
fsdp_config:
  fsdp_version: 1
  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP
"""
LAUNCH = "accelerate launch --config_file fsdp.yaml train.py\n"
QLORA = {"train.py": FOUR_BITS, "fsdp.yaml": FSDP, "run.sh": LAUNCH}  # QP210, safe: bnb_4bit_quant_storage
LLAMAFACTORY = """\
### model
model_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct
stage: sft
do_train: true
finetuning_type: lora  # not full
dataset: alpaca_en_demo
template: llama3
quantization_bit: 8
deepspeed: examples/deepspeed/ds_z3_config.json  # sharding
"""
ZERO_3 = """\
{
  "bf16": {"enabled": "auto"},
  "zero_optimization": {
    "stage": 3,
    "overlap_comm": true,
    "offload_param": {
      "device": "cpu"
    },
    "stage3_max_live_parameters": 1e9,
    "stage3_gather_16bit_weights_on_model_save": true
  }
}
"""
ZERO_2 = """\
{
  "bf16": {"enabled": "auto"},
  "zero_optimization": {
    "stage": 2,
    "overlap_comm": true
  }
}
"""
DEEPSPEED = "examples/deepspeed/ds_z3_config.json"
GPTQ = LLAMAFACTORY.replace("meta-llama/Meta-Llama-3-8B-Instruct", "TheBloke/Llama-2-7B-GPTQ").replace(
    "quantization_bit: 8\n", ""
)
SHARDED = {"train.yaml": GPTQ, DEEPSPEED: ZERO_3}  # QP101, unsafe: ZeRO-2

Files = Mapping[str, "str | bytes"]


def write(folder: Path, files: Files) -> None:
    """Write files (name → text or bytes)."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)


def read(folder: Path) -> dict[str, bytes]:
    """All files of a project, by name."""
    paths = (path for path in folder.rglob("*") if path.is_file() and ".qp-lint-cache" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
