import argparse

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from peft import LoraConfig, TaskType, get_peft_model, prepare_model_for_kbit_training
from torch.utils.data import DataLoader
from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig, get_scheduler


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_name_or_path", type=str, required=True)
    parser.add_argument("--train_file", type=str, default=None)
    parser.add_argument("--use_lora", action="store_true", help="If passed, will use LORA.")
    parser.add_argument("--use_qlora", action="store_true", help="Use qLoRA training: 4-bit base model.")
    parser.add_argument("--lora_rank", type=int, default=64)
    parser.add_argument("--use_8bit_optimizer", action="store_true")
    parser.add_argument("--gradient_checkpointing", action="store_true")
    parser.add_argument("--low_cpu_mem_usage", action="store_true")
    parser.add_argument("--learning_rate", type=float, default=1e-4)
    return parser.parse_args()


def main():
    args = parse_args()
    accelerator = Accelerator()
    set_seed(42)
    config = AutoConfig.from_pretrained(args.model_name_or_path)
    if args.use_qlora:
        bnb_config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_use_double_quant=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
        device_index = accelerator.local_process_index
        device_map = {"": device_index}  # force data-parallel training.
        model = AutoModelForCausalLM.from_pretrained(
            args.model_name_or_path,
            config=config,
            quantization_config=bnb_config,
            device_map=device_map,
            torch_dtype=torch.bfloat16,
        )
    else:
        model = AutoModelForCausalLM.from_pretrained(
            args.model_name_or_path, config=config, low_cpu_mem_usage=args.low_cpu_mem_usage
        )
    if args.use_lora:
        if args.use_qlora:
            model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=args.gradient_checkpointing)
        model = get_peft_model(model, LoraConfig(task_type=TaskType.CAUSAL_LM, r=args.lora_rank))
    if args.use_8bit_optimizer or args.use_qlora:
        from bitsandbytes.optim import AdamW

        optimizer = AdamW(model.parameters(), lr=args.learning_rate, optim_bits=8, is_paged=True)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate)
    train_dataloader = DataLoader(torch.load(args.train_file))
    lr_scheduler = get_scheduler("linear", optimizer, 0, 1000)
    model, optimizer, train_dataloader, lr_scheduler = accelerator.prepare(
        model, optimizer, train_dataloader, lr_scheduler
    )
    for batch in train_dataloader:
        with accelerator.accumulate(model):
            loss = model(**batch, use_cache=False).loss
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            lr_scheduler.step()


if __name__ == "__main__":
    main()
