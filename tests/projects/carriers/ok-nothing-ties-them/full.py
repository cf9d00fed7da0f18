from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

args = TrainingArguments("out16", deepspeed="ds_z3.json", bf16=True)
model = AutoModelForCausalLM.from_pretrained("facebook/opt-6.7b")
Trainer(model, args, train_dataset=[]).train()
