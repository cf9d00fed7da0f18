"""The second engine (USE_V1=1, from 0.9.4 on): its configuration has sections, each with the `name` of a plugin."""

from __future__ import annotations

from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument
from qp_lint.frameworks.values import Reader, boolean, dtype, integer, is_null, lower
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, string

NAME = "llamafactory"
COMMANDS = ("train", "sft", "dpo", "rm")
SECTIONS = ("dist_config", "peft_config", "quant_config", "init_config", "kernel_config")
OTHERS = ("model_class", "train_dataset", "sample_backend", "micro_batch_size")


def is_v1(tree: Mapping) -> bool:
    """Whether a file is a configuration of the second engine: sections with plugin names beside `model`."""
    names = tree.entries.keys()
    if "model" not in names or "model_name_or_path" in names:
        return False
    plugins = [name for name in SECTIONS if isinstance(section := tree.get(name), Mapping) and "name" in section.entries]
    return len(plugins) + len([name for name in OTHERS if name in names]) > 1


def read_v1(tree: Mapping, builder: RunBuilder, *, rank: Rank) -> None:
    """Record a configuration of the second engine."""
    reader = Reader(builder, tree, NAME, rank)
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    builder.put("llamafactory.engine", "v1", key="USE_V1", framework=NAME, rank=rank)
    builder.default("purpose", "train", framework=NAME, key="train")
    builder.default("train.trainer", "loop", framework=NAME, key="v1")
    model = reader.get("model")
    if model is not None:
        read_checkpoint(model, builder, framework=NAME, rank=rank, key="model")
    read_sections(reader)
    read_quantization(reader)
    read_parallelism(reader)


def read_sections(reader: Reader) -> None:
    """The plugins chosen, and how the model is tuned."""
    for name in SECTIONS:
        section = reader.section(name)
        if section.has("name"):
            section.put("name", f"llamafactory.{name}.name")
    section = reader.section("peft_config")
    if section.has("name"):
        section.put("name", "tuning.method", lower)
    elif not reader.tree.open and not section.tree.open:
        reader.say("tuning.method", "full", "peft_config", rank=Rank.DEFAULT, span=reader.tree.span)


def read_quantization(reader: Reader) -> None:
    """`quant_config`: bitsandbytes while loading."""
    section = reader.section("quant_config")
    if string(section.get("name")) not in ("bnb", "auto") or reader.builder.known("quantization.origin") == "checkpoint":
        return
    bits = section.get("quantization_bit")
    if is_null(bits) and string(section.get("name")) == "auto":
        return
    place = section.tree.span
    section.say("quantization.method", "bitsandbytes", "quant_config", span=place)
    section.say("quantization.origin", "on-load", "quant_config", span=place)
    section.say("quantization.known_by", "argument", "quant_config", span=place)
    section.put("quantization_bit", "quantization.bits", integer, default=4)
    section.put("quantization_bit", "llamafactory.quant_config.quantization_bit", integer, default=4)
    section.put("quantization_type", "quantization.type", lower, default="nf4")
    section.put("double_quantization", "quantization.double", boolean, default=True)
    if section.has("compute_dtype"):
        section.put("compute_dtype", "quantization.compute_dtype", dtype)
        section.put("compute_dtype", "quantization.storage_dtype", dtype)


def read_parallelism(reader: Reader) -> None:
    """`dist_config`: FSDP2 by LLaMA-Factory's own code, or DeepSpeed through accelerate."""
    section = reader.section("dist_config")
    kind = string(section.get("name"))
    if kind in ("fsdp2", "fsdpturbo"):
        section.say("parallel.fsdp.version", 2, "name", span=(section.get("name") or section.tree).span)
    elif kind == "deepspeed" and section.has("config_file"):
        read_deepspeed_argument(section.get("config_file"), reader.builder, framework=NAME, key="config_file", rank=reader.rank)
    if section.has("cp_size"):
        section.put("cp_size", "parallel.cp.size", integer)
