import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from ray.train import RunConfig, ScalingConfig
from ray.train.huggingface.transformers import prepare_trainer
from ray.train.torch import TorchTrainer
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

CONFIG = {"model": "meta-llama/Llama-3.1-8B", "bits": 8, "fsdp": "full_shard auto_wrap"}


def train_func(config: dict) -> None:
    quantization = BitsAndBytesConfig(
        load_in_4bit=config["bits"] == 4,
        load_in_8bit=config["bits"] == 8,
        bnb_4bit_quant_storage=torch.bfloat16,
    )
    model = AutoModelForCausalLM.from_pretrained(config["model"], dtype=torch.bfloat16, quantization_config=quantization)
    model = get_peft_model(model, LoraConfig(r=8))
    args = TrainingArguments("out", bf16=True, fsdp=config["fsdp"])
    trainer = Trainer(model=model, args=args, train_dataset=load_dataset("imdb", split="train"))
    prepare_trainer(trainer).train()


if __name__ == "__main__":
    trainer = TorchTrainer(
        train_func,
        train_loop_config=CONFIG,
        scaling_config=ScalingConfig(num_workers=4, use_gpu=True),
        run_config=RunConfig(name="lora"),
    )
    trainer.fit()
