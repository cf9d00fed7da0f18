import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer


def _quant_config(bits):
    match bits.value:
        case "4":
            return BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_compute_dtype=torch.bfloat16,
                bnb_4bit_quant_storage=torch.bfloat16,
            )
        case "8":
            return BitsAndBytesConfig(load_in_8bit=True)
        case _:
            return None


def run_training(model_name, *, bits, rank, output, resume=None):
    model = AutoModelForCausalLM.from_pretrained(model_name, dtype=torch.bfloat16, quantization_config=_quant_config(bits))
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(output_dir=output, bf16=True),
        train_dataset=load_dataset("trl-lib/Capybara", split="train"),
        peft_config=LoraConfig(r=rank, target_modules="all-linear"),
    )
    trainer.train(resume_from_checkpoint=resume)
