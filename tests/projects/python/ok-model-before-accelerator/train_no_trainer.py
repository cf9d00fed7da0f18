import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, default_data_collator, get_linear_schedule_with_warmup

NAME = "google/gemma-2-27b"


def loaders(tokenizer, accelerator):
    with accelerator.main_process_first():
        rows = load_dataset("squad", split="train").map(lambda row: tokenizer(row["context"], truncation=True))
    return DataLoader(rows, shuffle=True, batch_size=1, collate_fn=default_data_collator)


def main():
    set_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(NAME)
    accelerator = Accelerator(gradient_accumulation_steps=16)
    model = AutoModelForCausalLM.from_pretrained(NAME, torch_dtype=torch.bfloat16)
    train = loaders(tokenizer, accelerator)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
    schedule = get_linear_schedule_with_warmup(optimizer, 100, len(train))
    model, optimizer, train, schedule = accelerator.prepare(model, optimizer, train, schedule)
    model.train()
    for batch in train:
        with accelerator.accumulate(model):
            accelerator.backward(model(**batch).loss)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    accelerator.wait_for_everyone()
    accelerator.unwrap_model(model).save_pretrained("out", state_dict=accelerator.get_state_dict(model))


if __name__ == "__main__":
    main()
