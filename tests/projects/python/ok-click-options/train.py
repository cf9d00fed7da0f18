import click
import torch
from accelerate import Accelerator
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer


@click.group()
@click.option("-v", "--verbose", is_flag=True, help="Print what is going on.")
@click.pass_context
def cli(ctx, verbose):
    """Fine-tune and chat."""
    ctx.ensure_object(dict)
    ctx.obj["verbose"] = verbose


@cli.command()
@click.option("--model", "model_name", default="google/gemma-2-9b", show_default=True)
@click.option("--quantize/--no-quantize", default=False, help="Load the base model in 8 bits.")
@click.option("--targets", multiple=True, default=("q_proj", "v_proj"))
@click.option("--output", type=click.Path(file_okay=False), default="out", envvar="OUTPUT_DIR")
@click.pass_obj
def train(obj, model_name, quantize, targets, output):
    """Train a LoRA adapter."""
    if obj["verbose"]:
        click.echo(f"training {model_name} into {output}")
    config = BitsAndBytesConfig(load_in_8bit=True) if quantize else None
    model = AutoModelForCausalLM.from_pretrained(model_name, quantization_config=config, torch_dtype=torch.bfloat16)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(output_dir=output, bf16=True, per_device_train_batch_size=2),
        train_dataset=load_dataset("HuggingFaceH4/no_robots", split="train"),
        peft_config=LoraConfig(r=16, target_modules=list(targets), task_type="CAUSAL_LM"),
    )
    trainer.train()


@cli.command()
@click.argument("checkpoint", type=click.Path(exists=True))
def chat(checkpoint):
    """Talk to a checkpoint."""
    model = AutoModelForCausalLM.from_pretrained(
        checkpoint, quantization_config=BitsAndBytesConfig(load_in_8bit=True), device_map="auto"
    )
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    click.echo(tokenizer.decode(model.generate(**tokenizer("Hello", return_tensors="pt"))[0]))


if __name__ == "__main__":
    cli()
