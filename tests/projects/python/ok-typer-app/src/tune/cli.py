from pathlib import Path
from typing import Annotated, Optional

import torch
import typer
from datasets import load_from_disk
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command()
def train(
    data: Annotated[Path, typer.Argument(help="A tokenized data set.")],
    model: Annotated[str, typer.Option("--model", "-m")] = "meta-llama/Llama-3.1-8B",
    deepspeed: Annotated[Optional[Path], typer.Option(help="A DeepSpeed configuration.")] = None,
    auto_place: Annotated[bool, typer.Option(help="Spread the model over the visible GPUs.")] = True,
    learning_rate: float = 1e-5,
):
    """Train all weights of a model."""
    args = TrainingArguments(
        "runs/full",
        learning_rate=learning_rate,
        bf16=True,
        deepspeed=str(deepspeed) if deepspeed else None,
    )
    loaded = AutoModelForCausalLM.from_pretrained(
        model, torch_dtype=torch.bfloat16, device_map="auto" if auto_place else None
    )
    Trainer(model=loaded, args=args, train_dataset=load_from_disk(str(data))).train()


@app.command("show")
def show_tokens(text: str, model: str = "meta-llama/Llama-3.1-8B"):
    """Print how a text is split."""
    print(AutoTokenizer.from_pretrained(model).tokenize(text))


if __name__ == "__main__":
    app()
