from enum import Enum
from typing import Annotated, Optional

import typer

app = typer.Typer(no_args_is_help=True)


class Bits(str, Enum):
    four = "4"
    eight = "8"
    none = "16"


@app.command()
def train(
    model: Annotated[str, typer.Option(help="hub id")],
    bits: Annotated[Bits, typer.Option()] = Bits.none,
    lora_rank: int = 16,
    output: str = "out",
    resume: Optional[str] = None,
):
    """Fine-tune with LoRA."""
    from ftlab.training import run_training

    run_training(model, bits=bits, rank=lora_rank, output=output, resume=resume)


@app.command()
def evaluate(model: str = "out"):
    from ftlab.evaluation import run_eval

    run_eval(model)


if __name__ == "__main__":
    app()
