import copy

import torch
from datasets import load_dataset
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, Seq2SeqTrainer, Seq2SeqTrainingArguments

DEEPSPEED = {
    "bf16": {"enabled": True},
    "zero_optimization": {"stage": 2, "overlap_comm": True},
    "gradient_accumulation_steps": "auto",
    "train_micro_batch_size_per_gpu": "auto",
}

config = copy.deepcopy(DEEPSPEED)
config["zero_optimization"]["stage"] = 3
config["zero_optimization"]["stage3_gather_16bit_weights_on_model_save"] = True
config["gradient_clipping"] = 1.0

args = Seq2SeqTrainingArguments("out/t5", bf16=True, learning_rate=1e-4, predict_with_generate=True)
args.deepspeed = config
args.gradient_checkpointing = True

loading = {"torch_dtype": torch.bfloat16}
loading["use_safetensors"] = True
tokenizer = AutoTokenizer.from_pretrained("google/flan-t5-xxl")
model = AutoModelForSeq2SeqLM.from_pretrained("google/flan-t5-xxl", **loading)
model.config.use_cache = False

data = load_dataset("knkarthick/samsum")
Seq2SeqTrainer(model=model, args=args, train_dataset=data["train"], processing_class=tokenizer).train()
