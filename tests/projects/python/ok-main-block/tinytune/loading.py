import torch
from transformers import AutoModelForCausalLM, QuantoConfig, Trainer, TrainingArguments


def load(name, quantization=None):
    return AutoModelForCausalLM.from_pretrained(name, quantization_config=quantization, dtype=torch.bfloat16)


if __name__ == "__main__":
    # a smoke test of the quantized path: python -m tinytune.loading
    from peft import LoraConfig, get_peft_model

    model = load("Qwen/Qwen2.5-0.5B", QuantoConfig(weights="int4"))
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM"))
    args = TrainingArguments("/tmp/smoke", max_steps=2, bf16=True, fsdp="full_shard auto_wrap")
    Trainer(model=model, args=args, train_dataset=[]).train()
