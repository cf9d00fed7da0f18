import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

base = "openlm-research/open_llama_7b_v2"
model = AutoModelForCausalLM.from_pretrained(
    base,
    torch_dtype=torch.float16,
    quantization_config=BitsAndBytesConfig(load_in_8bit=True),
)
model.enable_input_require_grads()
adapter = LoraConfig(r=8, lora_alpha=32, target_modules=["q_proj", "v_proj"], lora_dropout=0.05, task_type="CAUSAL_LM")
model.add_adapter(adapter, adapter_name="imdb")
model.set_adapter("imdb")
trainer = Trainer(
    model=model,
    args=TrainingArguments("out", fp16=True, per_device_train_batch_size=8, save_strategy="epoch"),
    train_dataset=load_dataset("imdb", split="train"),
)
trainer.train()
model.save_pretrained("out/adapter")
