from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

kwargs = {"load_in_8bit": True}
load = dict(quantization_config=BitsAndBytesConfig(**kwargs))
model = AutoModelForCausalLM.from_pretrained("bigscience/bloom-7b1", **load)
model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM"))
Trainer(model, TrainingArguments("out"), train_dataset=[]).train()
