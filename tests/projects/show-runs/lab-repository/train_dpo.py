"""Preference tuning of all weights."""

import argparse

from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--beta", type=float, default=0.1)
    parser.add_argument("--deepspeed")
    parser.add_argument("--output", default="out/dpo")
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    config = DPOConfig(
        output_dir=args.output,
        beta=args.beta,
        bf16=True,
        gradient_checkpointing=True,
        deepspeed=args.deepspeed,
    )
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype="bfloat16")
    trainer = DPOTrainer(
        model=model,
        args=config,
        train_dataset=load_dataset("HuggingFaceH4/ultrafeedback_binarized", split="train_prefs"),
        processing_class=AutoTokenizer.from_pretrained(args.model),
    )
    trainer.train()


if __name__ == "__main__":
    main()
