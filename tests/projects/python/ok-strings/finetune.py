"""Continue training on the support tickets."""
import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

FAMILY, SIZE = "Qwen2.5", 7
SUFFIX = "-Instruct" + ""
MODEL = f"Qwen/{FAMILY}-{SIZE}B" + SUFFIX
RUN = "{}-{:03d}".format(MODEL.split("/")[-1].lower(), 12)

tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForCausalLM.from_pretrained(MODEL, torch_dtype=torch.bfloat16)
model.gradient_checkpointing_enable()

tickets = load_dataset("json", data_files="data/tickets-%s.jsonl" % "2024")["train"]
tickets = tickets.map(lambda row: tokenizer(row["question"] + "\n" + row["answer"], truncation=True))

args = TrainingArguments(
    output_dir=f"checkpoints/{RUN}", per_device_train_batch_size=2, learning_rate=2e-5, num_train_epochs=3, bf16=True
)
trainer = Trainer(model=model, args=args, train_dataset=tickets)
trainer.train()
trainer.save_model()
