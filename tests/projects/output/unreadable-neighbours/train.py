from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

args = TrainingArguments("out", deepspeed="z3.json")
model = AutoModelForCausalLM.from_pretrained("gpt2", device_map="auto")
Trainer(model, args, train_dataset=[]).train()
