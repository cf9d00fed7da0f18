import argparse
import json
from pathlib import Path

import yaml
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

DEFAULTS = yaml.safe_load("""
model: meta-llama/Llama-3.1-8B
lora_rank: 16
""")


def deepspeed_config(stage: int) -> dict:
    zero = {"stage": stage, "overlap_comm": True}
    if stage == 3:
        zero["stage3_gather_16bit_weights_on_model_save"] = True
    return {"zero_optimization": zero, "bf16": {"enabled": "auto"}, "train_micro_batch_size_per_gpu": "auto"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", type=int, default=2)
    parser.add_argument("--output", default="out")
    args = parser.parse_args()
    path = Path(args.output) / "deepspeed.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        json.dump(deepspeed_config(args.stage), file, indent=2)
    training_args = TrainingArguments(args.output, bf16=True, deepspeed=str(path))
    model = AutoModelForCausalLM.from_pretrained(DEFAULTS["model"], dtype="bfloat16")
    model = get_peft_model(model, LoraConfig(r=DEFAULTS["lora_rank"]))
    Trainer(model=model, args=training_args, train_dataset=[]).train()


if __name__ == "__main__":
    main()
