from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

args = TrainingArguments("out", deepspeed="z2.json", bf16=True)  # qp-lint: ignore[QP999] a rule that does not exist
name = "facebook/opt-350m"  # qp-lint: ignore nothing is wrong here
model = AutoModelForCausalLM.from_pretrained(
    name,
    load_in_8bit=True,  # qp-lint: ignore we stay on transformers 4
)
Trainer(model, args, train_dataset=[]).train()
