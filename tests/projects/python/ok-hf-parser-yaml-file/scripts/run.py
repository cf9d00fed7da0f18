import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from datasets import load_from_disk
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForSeq2SeqLM, HfArgumentParser, Seq2SeqTrainer, Seq2SeqTrainingArguments, TorchAoConfig


@dataclass
class RunArguments(Seq2SeqTrainingArguments):
    base: str = "google/flan-t5-xl"
    quantize: str | None = None
    data: str = "data/tokenized"


def parse():
    parser = HfArgumentParser(RunArguments)
    if len(sys.argv) > 1 and sys.argv[1].endswith((".yaml", ".yml")):
        (args,) = parser.parse_yaml_file(Path(sys.argv[1]))
        return args
    (args,) = parser.parse_args_into_dataclasses()
    return args


args = parse()
quantization = TorchAoConfig(args.quantize, group_size=128) if args.quantize == "int4_weight_only" else None
if args.quantize == "int8_weight_only":
    from torchao.quantization import Int8WeightOnlyConfig

    quantization = TorchAoConfig(Int8WeightOnlyConfig())
model = AutoModelForSeq2SeqLM.from_pretrained(args.base, quantization_config=quantization, dtype=torch.bfloat16)
model = get_peft_model(model, LoraConfig(r=16, target_modules=["q", "v"], task_type="SEQ_2_SEQ_LM"))
data = load_from_disk(args.data)
trainer = Seq2SeqTrainer(model=model, args=args, train_dataset=data["train"], eval_dataset=data["validation"])
trainer.train()
