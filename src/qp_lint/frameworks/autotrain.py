"""AutoTrain: `autotrain --config FILE`, `autotrain llm --train --model …`.

Facts: autotrain-advanced 0.8.36, `commands.py: get_accelerate_command` (it builds its own `accelerate launch` line from the
GPUs it sees: DDP, or for `distributed_backend: deepspeed` ZeRO-3), `trainers/clm/params.py` (defaults), `trainers/clm/utils.py:
get_model` (bitsandbytes only together with peft).
"""

from __future__ import annotations

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.overrides import from_flags
from qp_lint.frameworks.values import Reader, flag, is_null, lower
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Scalar, string

NAME = "autotrain"
BITS = {"int4": 4, "int8": 8}


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`autotrain --config FILE` or `autotrain llm --train …`; other tasks do not quantize."""
    flags = from_flags(words)
    file = flags.entries.get("config")
    if file is not None:
        tree = builder.open_data(string(file.value) or "")
        if not isinstance(tree, Mapping) or not is_config(tree):
            return []
        with builder.passing(file.value.span):
            read_config(tree, "", builder)
        return None
    if not words or string(words[0]) != "llm" or "train" not in flags.entries:
        return []
    entries = {name.removeprefix("use_") if name == "use_peft" else name: entry for name, entry in flags.entries.items()}
    for name in BITS:
        if f"use_{name}" in entries:
            entries["quantization"] = Entry(Scalar(name, span=entries[f"use_{name}"].span), entries[f"use_{name}"].span)
    read_params(Reader(builder, Mapping(entries, flags.open, span=words[0].span), NAME, Rank.COMMAND), entries.get("model"))
    return None


def is_config(tree: Mapping) -> bool:
    """Whether a file is a configuration of AutoTrain for a language model."""
    return (
        {"task", "base_model", "project_name"} <= tree.entries.keys()
        and (string(tree.get("task")) or "").startswith("llm")
        and isinstance(tree.get("params"), Mapping)
    )


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """Record what a configuration says."""
    model = tree.entries["base_model"]
    builder.spans += [span for span in (model.span,) if span is not None]
    reader = Reader(builder, tree, NAME, Rank.FILE)
    read_params(reader.section("params"), model)
    stage = (string(reader.get("task")) or "").partition("-")[2]
    if stage in ("sft", "dpo", "orpo", "reward"):
        reader.say("train.stage", stage, "task", span=tree.entries["task"].value.span)


def read_params(reader: Reader, model: Entry | None) -> None:
    """Record the parameters of a language model's training."""
    builder, place = reader.builder, reader.tree.span
    reader.say("framework", NAME, NAME, rank=Rank.FILE, span=place)
    reader.say("purpose", "train", "train", rank=Rank.FILE, span=place)
    reader.say("launch.launcher", "accelerate", NAME, span=place)
    if model is not None:
        read_checkpoint(model.value, builder, framework=NAME, rank=reader.rank, key="base_model")
    reader.put("mixed_precision", "train.precision", lower)
    reader.put("distributed_backend", "autotrain.distributed_backend", lower)
    if builder.known("autotrain.distributed_backend") == "deepspeed":
        reader.say("parallel.zero.stage", 3, "distributed_backend", span=reader.tree.entries["distributed_backend"].value.span)
    adapted = flag(reader.get("peft")) if reader.has("peft") else None if reader.tree.open else False
    if adapted is not None:
        reader.say("tuning.method", "lora" if adapted else "full", "peft", span=place)
    read_quantization(reader, adapted)


def read_quantization(reader: Reader, adapted: bool | None) -> None:
    """`quantization`, int4 unless it is set; without peft nobody looks at it."""
    node = reader.get("quantization")
    if node is not None and (is_null(node) or string(node) == "none"):
        return
    name = string(node) if node is not None else "int4"
    if name not in BITS or adapted is None:
        return
    if not adapted:
        if node is not None:
            reader.put("quantization", "autotrain.ignored_quantization", lower)
        return
    place = node.span if node is not None else reader.tree.span
    for setting, value in (("method", "bitsandbytes"), ("bits", BITS[name]), ("origin", "on-load"), ("known_by", "argument")):
        reader.say(f"quantization.{setting}", value, "quantization", span=place)
    if name == "int4":
        for setting, value in (("storage_dtype", "uint8"), ("compute_dtype", "float16"), ("type", "nf4")):
            reader.say(f"quantization.{setting}", value, "quantization", rank=Rank.DEFAULT, span=place)


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME, "base_model"),
    programs={NAME: cli},
    config=ConfigReader(is_config, read_config),
)
