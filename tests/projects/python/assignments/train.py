import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, DataCollatorForLanguageModeling
from transformers import Trainer, TrainingArguments

base = "meta-llama/Llama-3.1-70B"
compute_dtype, storage_dtype = torch.bfloat16, torch.uint8
(rank, alpha), dropout = (64, 128), 0.05
lr = warmup = 0.0
lr, *schedule = 1e-4, "cosine", 0.03
first, *_ = schedule

tokenizer = AutoTokenizer.from_pretrained(base)
tokenizer.pad_token = tokenizer.eos_token
nf4 = BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="nf4",
    bnb_4bit_compute_dtype=compute_dtype,
    bnb_4bit_quant_storage=storage_dtype,
)
model = AutoModelForCausalLM.from_pretrained(base, quantization_config=nf4, torch_dtype=compute_dtype)
model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules="all-linear"))

rows = load_dataset("tatsu-lab/alpaca", split="train").map(
    lambda row: tokenizer(row["text"], truncation=True, max_length=1024), remove_columns=["text"]
)
arguments = TrainingArguments("out", learning_rate=lr, lr_scheduler_type=first, bf16=True)
collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collator).train()
