"""QLoRA with DeepSpeed ZeRO-2 in a plain accelerate loop."""

import torch
from accelerate import Accelerator
from peft import LoraConfig, get_peft_model
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, default_data_collator
from transformers import get_linear_schedule_with_warmup

from data import instructions

MODEL = "meta-llama/Llama-3.1-8B"
STEPS = 2000


def main():
    accelerator = Accelerator(gradient_accumulation_steps=4)
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    tokenizer.pad_token = tokenizer.eos_token

    bnb_config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_quant_storage=torch.float16,
    )
    model = AutoModelForCausalLM.from_pretrained(MODEL, quantization_config=bnb_config, torch_dtype=torch.bfloat16)
    model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))

    loader = DataLoader(instructions(tokenizer), batch_size=2, shuffle=True, collate_fn=default_data_collator)
    optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=2e-4)
    scheduler = get_linear_schedule_with_warmup(optimizer, 100, STEPS)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)

    model.train()
    for step, batch in enumerate(loader):
        with accelerator.accumulate(model):
            loss = model(**batch).loss
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
        if step % 50 == 0:
            accelerator.print(f"step {step}: loss {loss.item():.4f}")
        if step == STEPS:
            break
    accelerator.wait_for_everyone()
    accelerator.unwrap_model(model).save_pretrained("out/adapter", is_main_process=accelerator.is_main_process)


if __name__ == "__main__":
    main()
