"""Generates training projects of any size, the same ones for the same arguments.

    python benchmarks/generate.py FOLDER --scripts 330 --configs 400 --bytes 2300000

Most scripts are ordinary machine learning code; about half of them mention transformers, as scripts in such repositories do.
Some (`--runs`) are training runs with a launch script and an accelerate or DeepSpeed configuration.  Of the other configurations
some are hyperparameters, some data, some LLaMA-Factory.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

NOUNS = (
    *("batch", "loss", "token", "mask", "logits", "reward", "sample", "score", "index"),
    *("span", "label", "feature", "cache", "state", "window", "prompt", "answer"),
)
VERBS = (
    *("build", "load", "merge", "split", "filter", "encode", "decode", "collate", "shift"),
    *("clip", "update", "reduce", "expand", "gather", "select", "rank", "plot"),
)
MODELS = ("Qwen/Qwen2.5-7B", "meta-llama/Llama-3.1-8B", "mistralai/Mistral-7B-v0.3", "google/gemma-2-9b", "gpt2-xl")

FUNCTION = '''
def {verb}_{noun}_{n}({a}, {b}=None, *, limit={number}):
    """{Verb} the {noun}s of one {other}."""
    result = []
    for position, item in enumerate({a}):
        if {b} is not None and position in {b}:
            continue
        value = item["{noun}"] if isinstance(item, dict) else item
        if value is None or len(result) >= limit:
            break
        result.append(value * {factor} + position % {number})
    return result
'''
CLASS = '''
class {Noun}{Other}{n}(torch.nn.Module):
    """A small block over {noun}s."""

    def __init__(self, width={number}, depth={small}, dropout={factor}):
        super().__init__()
        self.width = width
        self.layers = torch.nn.ModuleList([torch.nn.Linear(width, width) for _ in range(depth)])
        self.norm = torch.nn.LayerNorm(width)
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, {a}, {b}=None):
        hidden = {a}
        for layer in self.layers:
            hidden = hidden + self.dropout(torch.nn.functional.gelu(layer(hidden)))
        if {b} is not None:
            hidden = hidden.masked_fill({b}.unsqueeze(-1) == 0, 0.0)
        return self.norm(hidden)
'''
LOOP = """
def {verb}_epoch_{n}(model, loader, optimizer, device="cuda", log_every={number}):
    model.train()
    total, seen = 0.0, 0
    for step, batch in enumerate(loader):
        batch = {{key: value.to(device) for key, value in batch.items()}}
        output = model(**batch)
        loss = output["loss"] / {small}
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), {factor})
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total, seen = total + loss.item() * {small}, seen + 1
        if step % log_every == 0:
            print(f"step {{step}}: {noun} {{total / max(seen, 1):.4f}}")
    return total / max(seen, 1)
"""
TABLE = """
{NOUN}_{n} = {{
    "{noun}": [{number}, {small}, {factor}],
    "{other}": {{"path": "data/{noun}-{n}.jsonl", "weight": {factor}, "columns": ["{a}", "{b}"]}},
    "text": "some words about the {other} that explain nothing at all, number {n}",
}}
"""
PIECES = (FUNCTION, FUNCTION, CLASS, LOOP, TABLE)

PLAIN = "import json\nimport math\nimport os\n\nimport numpy as np\nimport torch\n"
MENTIONS = (
    "import torch\nfrom transformers import AutoTokenizer, PreTrainedTokenizerBase\n",
    "import torch\nfrom datasets import load_dataset\nfrom transformers import AutoConfig, set_seed\n",
    "import torch\nfrom transformers.modeling_outputs import CausalLMOutput\n\n# quantization is left to the caller\n",
    "import torch\nfrom transformers import AutoModelForCausalLM, AutoTokenizer, pipeline\n",
)
INFERENCE = """
def main():
    tokenizer = AutoTokenizer.from_pretrained("{model}")
    model = AutoModelForCausalLM.from_pretrained("{model}", torch_dtype=torch.bfloat16, device_map="auto")
    batch = tokenizer("Tell me about {noun}s.", return_tensors="pt").to(model.device)
    print(tokenizer.decode(model.generate(**batch, max_new_tokens={number})[0]))


if __name__ == "__main__":
    main()
"""
RUN_HEAD = """import argparse

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, Trainer, TrainingArguments
"""
RUN_TAIL = """
def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="{model}")
    parser.add_argument("--bits", type=int, default={bits})
    parser.add_argument("--deepspeed", default=None)
    parser.add_argument("--output_dir", default="out/{noun}")
    return parser.parse_args()


def load(args):
    config = None
    if args.bits == 4:
        config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16{storage})
    elif args.bits == 8:
        config = BitsAndBytesConfig(load_in_8bit=True)
    model = AutoModelForCausalLM.from_pretrained(args.model, quantization_config=config, torch_dtype=torch.bfloat16)
    return get_peft_model(model, LoraConfig(r={small}, target_modules="all-linear", task_type="CAUSAL_LM"))


def main():
    args = parse_args()
    training = TrainingArguments(args.output_dir, deepspeed=args.deepspeed, bf16=True, max_steps={number})
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    data = load_dataset("json", data_files="data/{noun}.jsonl", split="train").map(lambda row: tokenizer(row["text"]))
    trainer = Trainer(model=load(args), args=training, train_dataset=data)
    trainer.train()


if __name__ == "__main__":
    main()
"""
FSDP = {
    "distributed_type": "FSDP",
    "mixed_precision": "bf16",
    "num_processes": 8,
    "fsdp_config": {
        "fsdp_version": 1,
        "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
        "fsdp_cpu_ram_efficient_loading": True,
        "fsdp_sync_module_states": True,
        "fsdp_use_orig_params": False,
    },
}
FACTORY = {
    "stage": "sft",
    "do_train": True,
    "finetuning_type": "lora",
    "dataset": "alpaca_en_demo",
    "template": "llama3",
    "output_dir": "saves/x",
    "bf16": True,
}


def names(rng: random.Random, number: int) -> dict[str, object]:
    """Words and numbers to fill a template with."""
    noun, other, a, b = rng.sample(NOUNS, 4)
    verb = rng.choice(VERBS)
    words: dict[str, object] = {"noun": noun, "Noun": noun.title(), "NOUN": noun.upper(), "other": other, "Other": other.title()}
    numbers = {"n": number, "number": rng.randrange(8, 2048), "small": rng.randrange(2, 9), "factor": rng.randrange(1, 99) / 100}
    return {**words, "verb": verb, "Verb": verb.title(), "a": a, "b": b, "model": rng.choice(MODELS), **numbers}


def body(rng: random.Random, size: int) -> str:
    """About `size` bytes of ordinary code."""
    pieces: list[str] = []
    length = 0
    while length < size:
        piece = rng.choice(PIECES).format(**names(rng, len(pieces)))
        pieces.append("\n" + piece)
        length += len(piece)
    return "".join(pieces)


def scripts(rng: random.Random, count: int, runs: int, size: int) -> Iterator[tuple[str, str]]:
    """`count` Python files of together about `size` bytes, and what launches the `runs` among them."""
    each, every = size // count, count // runs
    for number in range(count):
        folder = f"part{number // 40:02d}/{rng.choice(NOUNS)}"
        length = max(300, int(each * rng.uniform(0.4, 1.6)) - 700)
        words = names(rng, number)
        if number % every == 0:
            yield from run(rng, folder, number, length)
        elif number % 2:
            head = rng.choice(MENTIONS)
            tail = INFERENCE.format(**words) if "pipeline" in head else ""
            yield f"{folder}/{words['noun']}_{number}.py", head + body(rng, length) + tail
        else:
            yield f"{folder}/{words['verb']}_{number}.py", PLAIN + body(rng, length)


def run(rng: random.Random, folder: str, number: int, length: int) -> Iterator[tuple[str, str]]:
    """A training script and its launch: one in three by DeepSpeed, FSDP and plain torchrun each."""
    bits = rng.choice([16, 16, 4, 4, 8])
    storage = rng.choice([", bnb_4bit_quant_storage=torch.bfloat16", ""])
    words = {**names(rng, number), "bits": bits, "storage": storage}
    script = f"train_{number}.py"
    yield f"{folder}/{script}", RUN_HEAD + body(rng, length) + RUN_TAIL.format(**words)
    if number % 3 == 0:
        stage = rng.choice([2, 3])
        config = {"zero_optimization": {"stage": stage}, "bf16": {"enabled": "auto"}, "train_micro_batch_size_per_gpu": "auto"}
        yield f"{folder}/zero_{number}.json", json.dumps(config, indent=2) + "\n"
        launch = f"deepspeed --num_gpus 8 {script} --deepspeed zero_{number}.json"
    elif number % 3 == 1:
        yield f"{folder}/fsdp_{number}.yaml", yaml(FSDP)
        launch = f"accelerate launch --config_file fsdp_{number}.yaml {script} --output_dir out/{number}"
    else:
        launch = f"torchrun --nproc_per_node 8 {script}"
    yield f"{folder}/run_{number}.sh", f"#!/bin/bash\nset -e\nexport OMP_NUM_THREADS=8\n{launch}\n"


def configs(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """`count` data files that are no launch's."""
    for number in range(count):
        noun = rng.choice(NOUNS)
        if number % 10 == 0:
            yield f"recipes/{noun}_{number}.yaml", yaml({"model_name_or_path": rng.choice(MODELS), **FACTORY})
        elif number % 10 < 6:
            yield f"configs/{noun}/{number}.yaml", yaml(hyperparameters(rng, number))
        else:
            rows = [{noun: rng.randrange(1000), "text": f"{rng.choice(VERBS)} {rng.choice(NOUNS)}"} for _ in range(20)]
            yield f"data/{noun}_{number}.json", json.dumps({"rows": rows}, indent=1) + "\n"


def hyperparameters(rng: random.Random, number: int) -> dict[str, object]:
    optimizer = {"name": "adamw", "lr": rng.choice([1e-3, 2e-4, 5e-5]), "betas": [0.9, 0.95]}
    data = {noun: {"path": f"data/{noun}.jsonl", "weight": rng.random()} for noun in rng.sample(NOUNS, 5)}
    return {"name": f"experiment-{number}", "seed": rng.randrange(10_000), "optimizer": optimizer, "data": data}


def yaml(value: object, indent: int = 0) -> str:
    """A mapping as block YAML."""
    lines = []
    for key, item in value.items() if isinstance(value, dict) else ():
        if isinstance(item, dict):
            lines.append(f"{'  ' * indent}{key}:\n{yaml(item, indent + 1)}")
        else:
            lines.append(f"{'  ' * indent}{key}: {json.dumps(item)}\n")
    return "".join(lines)


def generate(folder: Path, *, count: int, config_count: int, size: int, runs: int = 30, seed: int = 7) -> None:
    """Write a project below `folder`.

    `count` Python files of together about `size` bytes, `runs` of them training runs, and `config_count` data files.
    """
    rng = random.Random(seed)
    pins = ("requirements.txt", "torch>=2.6\ntransformers>=4.50\npeft\naccelerate\nbitsandbytes\n")
    for name, text in itertools.chain(scripts(rng, count, runs, size), configs(rng, config_count), [pins]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scripts", type=int, default=330)
    parser.add_argument("--configs", type=int, default=400)
    parser.add_argument("--bytes", type=int, default=2_300_000)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    generate(
        given.folder,
        count=given.scripts,
        config_count=given.configs,
        size=given.bytes,
        runs=given.runs,
        seed=given.seed,
    )


if __name__ == "__main__":
    main()
