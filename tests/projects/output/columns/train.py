from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

if True:
	description = "数据集 😀"; model = AutoModelForCausalLM.from_pretrained("模型/é", load_in_8bit=True); print(model)
	trainer = Trainer(model, TrainingArguments("出力"), train_dataset=[])
	trainer.train()
