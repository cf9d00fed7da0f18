"""Supervised fine-tuning with TRL."""

from datasets import load_dataset
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

config = SFTConfig(
    output_dir="out/sft",
    deepspeed="zero2.json",
    fsdp="full_shard auto_wrap",
    per_device_train_batch_size=4,
    gradient_accumulation_steps=4,
    learning_rate=1e-5,
    num_train_epochs=1,
    bf16=True,
    logging_steps=20,
)

model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-3B", torch_dtype="bfloat16")
data = load_dataset("trl-lib/Capybara", split="train")

trainer = SFTTrainer(model=model, args=config, train_dataset=data)
trainer.train()
trainer.save_model(config.output_dir)
