import torch
from accelerate import PartialState
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import DPOConfig, DPOTrainer

NAME = "HuggingFaceH4/mistral-7b-sft-beta"
EIGHT_BIT = BitsAndBytesConfig(load_in_8bit=True)


def load(quantization_config=None):
    return AutoModelForCausalLM.from_pretrained(
        NAME, quantization_config=quantization_config, torch_dtype=torch.bfloat16, attn_implementation="flash_attention_2"
    )


def main():
    args = DPOConfig(
        output_dir="out/zephyr",
        beta=0.01,
        learning_rate=5e-7,
        bf16=True,
        gradient_checkpointing=True,
        per_device_train_batch_size=2,
    )
    policy = load()
    reference = load(EIGHT_BIT)
    tokenizer = AutoTokenizer.from_pretrained(NAME)
    data = load_dataset("HuggingFaceH4/ultrafeedback_binarized", split="train_prefs")
    trainer = DPOTrainer(policy, reference, args=args, train_dataset=data, processing_class=tokenizer)
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
