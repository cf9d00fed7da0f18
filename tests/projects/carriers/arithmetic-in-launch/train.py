from dataclasses import dataclass, field

import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, HfArgumentParser, Trainer


@dataclass
class TrainingArguments(transformers.TrainingArguments):
    bits: int = field(default=16, metadata={"help": "4, 8 or 16"})
    lora_enable: bool = False


def train():
    (args,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
    dtype = torch.float16 if args.fp16 else torch.bfloat16 if args.bf16 else torch.float32
    kwargs = {}
    if args.bits in [4, 8]:
        kwargs["device_map"] = {"": args.device}
        kwargs["quantization_config"] = BitsAndBytesConfig(load_in_4bit=args.bits == 4, load_in_8bit=args.bits == 8)
    model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-7B-Instruct", torch_dtype=dtype, **kwargs)
    if args.lora_enable:
        model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear"))
    Trainer(model=model, args=args, train_dataset=[]).train()


if __name__ == "__main__":
    train()
