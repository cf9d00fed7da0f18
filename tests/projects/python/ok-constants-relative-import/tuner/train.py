from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

from .settings.model import DTYPE, NAME, PLACEMENT


def main():
    args = TrainingArguments("out", deepspeed="ds_zero3.json", bf16=True, per_device_train_batch_size=1)
    tokenizer = AutoTokenizer.from_pretrained(NAME)
    model = AutoModelForCausalLM.from_pretrained(NAME, torch_dtype=DTYPE, device_map=PLACEMENT)
    data = load_dataset("allenai/tulu-3-sft-mixture", split="train")
    data = data.map(lambda row: tokenizer.apply_chat_template(row["messages"], return_dict=True))
    Trainer(model=model, args=args, train_dataset=data).train()


if __name__ == "__main__":
    main()
