import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

MODEL = "meta-llama/Llama-3.1-70B"


def quantization():
    memory = torch.cuda.get_device_properties(0).total_memory
    if memory < 60 * 1024**3:
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=torch.bfloat16,
            bnb_4bit_quant_storage=torch.bfloat16,
        )
    return None


def main():
    config = quantization()
    if config is None:
        print("loading in full precision")
    model = AutoModelForCausalLM.from_pretrained(MODEL, quantization_config=config, torch_dtype=torch.bfloat16)
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig("out/llama-70b", per_device_train_batch_size=1, bf16=True, gradient_checkpointing=True),
        train_dataset=load_dataset("timdettmers/openassistant-guanaco", split="train"),
        processing_class=tokenizer,
        peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
