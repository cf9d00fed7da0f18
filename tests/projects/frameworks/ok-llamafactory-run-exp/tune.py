"""Tunes a model on every data set that is named on the command line."""
import sys

from llamafactory.train.tuner import run_exp

COMMON = {
    "stage": "sft",
    "do_train": True,
    "model_name_or_path": "Qwen/Qwen2.5-7B-Instruct",
    "template": "qwen",
    "finetuning_type": "lora",
    "lora_target": "all",
    "quantization_bit": 4,
    "use_dora": False,
    "bf16": True,
    "cutoff_len": 2048,
}


def main():
    for name in sys.argv[1:] or ["alpaca_en_demo"]:
        run_exp({**COMMON, "dataset": name, "output_dir": f"saves/{name}"})


if __name__ == "__main__":
    main()
