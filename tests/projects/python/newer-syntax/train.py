import json
from pathlib import Path

from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

type Row = dict[str, str]

RUN = {"name": "chat", "model": "Qwen/Qwen2.5-7B", "stages": [0, 3], "device_map": "auto"}


def first[T](items: list[T], default: T | None = None) -> T | None:
    return items[0] if items else default


def read(path: str) -> str:
    try:
        return Path(path).read_text()
    except* (FileNotFoundError, PermissionError):
        return ""


def render(row: Row) -> str:
    return f"{row["system"]}\n{'\n'.join(f"<{key}>{value}" for key, value in row.items())}"


def main():
    stage = RUN["stages"][-1]
    config = Path(f"ds_z{f"{stage}"}.json")
    print(f"{RUN["name"]}: {read("notes.txt")}, {json.dumps(RUN)}")
    args = TrainingArguments(f"out/{RUN["name"]}", bf16=True, deepspeed=f"configs/{config}")
    model = AutoModelForCausalLM.from_pretrained(f"{RUN["model"]}", device_map=RUN["device_map"])
    tokenizer = AutoTokenizer.from_pretrained(RUN["model"])
    rows = load_dataset("json", data_files="chat.jsonl", split="train").map(lambda row: tokenizer(render(row)))
    Trainer(model, args, train_dataset=rows, processing_class=tokenizer).train()


if __name__ == "__main__":
    main()
