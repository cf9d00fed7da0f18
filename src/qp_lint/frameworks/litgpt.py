"""litgpt: `litgpt finetune_lora CHECKPOINT --config FILE --quantize …`, and its YAML files.

Facts: litgpt 0.5.13, `litgpt/__main__.py` (commands), `litgpt/finetune/{lora,lora_legacy,adapter,adapter_v2,full}.py: setup`
(options and defaults; one process for each of devices × num_nodes), parsed by jsonargparse: flags over `--config`.
"""

from __future__ import annotations

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.overrides import from_flags, laid_over
from qp_lint.frameworks.values import Reader, integer, is_null, number, unclear, word
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Choice, Entry, Mapping, Node, Scalar, string

NAME = "litgpt"
# Commands and how they tune; releases before 0.4.2 had `litgpt finetune lora`.
FINETUNE = {"finetune": "lora", "finetune_lora": "lora", "finetune_lora_legacy": "lora"}
ADAPTERS = {"finetune_adapter": "other-peft", "finetune_adapter_v2": "other-peft"}
COMMANDS = {**FINETUNE, **ADAPTERS, "finetune_full": "full", "pretrain": "full"}
INFERENCE = frozenset({"chat", "serve", "generate", "generate_full", "generate_adapter", "generate_sequentially", "generate_tp"})
PRECISIONS = {"bf16-mixed": "bf16", "16-mixed": "fp16", "bf16-true": "no", "16-true": "no", "32-true": "no"}
DTYPES = {"bf16": "bfloat16", "16": "float16", "32": "float32"}


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`litgpt COMMAND [CHECKPOINT] [--config FILE] [--key value …]`."""
    command = string(words[0]) if words else None
    rest = words[1:]
    if command == "finetune" and rest and f"finetune_{string(rest[0])}" in COMMANDS:
        command, rest = f"finetune_{string(rest[0])}", rest[1:]
    if command not in COMMANDS and command not in INFERENCE:
        return []
    flags = from_flags(rest)
    if rest and (string(rest[0]) or "").startswith("-") is False:
        flags.entries.setdefault("checkpoint_dir", Entry(rest[0], rest[0].span))
    tree = Mapping(span=words[0].span)
    file = flags.entries.pop("config", None)
    if file is not None:
        found = builder.open_data(string(file.value) or "")
        tree = found if isinstance(found, Mapping) else Mapping(open=True, span=file.value.span)
    tree = laid_over(tree, flags, builder.covers)
    with builder.passing(*(() if file is None else (file.value.span,))):
        read_options(tree, builder, command or "", rank=Rank.FILE if file is not None else Rank.COMMAND)
    return None


def read_options(tree: Mapping, builder: RunBuilder, command: str, *, rank: Rank) -> None:
    """Record the options of a command; `rank` is who wrote most of them."""
    reader = Reader(builder, tree, NAME, rank)
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    builder.put("purpose", "infer" if command in INFERENCE else "train", key=command, framework=NAME, rank=Rank.FILE)
    if command in COMMANDS:
        reader.say("tuning.method", COMMANDS[command], "command", span=tree.span)
    builder.put("litgpt.command", command, key="command", framework=NAME, rank=rank, span=tree.span)
    if reader.has("checkpoint_dir"):
        reader.put("checkpoint_dir", "model.name", word)
    read_precision(reader)
    read_quantize(reader)
    read_optimizer(reader)
    read_devices(reader)


def read_optimizer(reader: Reader) -> None:
    """`optimizer`: a name, or a `class_path` with arguments; whether it is an AdamW is asked of its name."""
    node = reader.get("optimizer")
    if isinstance(node, Mapping):
        node = reader.inside(node).get("class_path")
    name = string(node)
    if node is not None and name is not None:
        reader.say("litgpt.optimizer", node, "optimizer")
        reader.say("litgpt.adamw", "AdamW" in name, "optimizer", span=node.span)


def read_precision(reader: Reader) -> None:
    """`precision` of Lightning Fabric: `bf16-true` computes in bfloat16, `bf16-mixed` is autocast."""
    node = reader.get("precision")
    if node is None or is_null(node):
        return
    reader.put("precision", "litgpt.precision")
    written = string(node)
    reader.say("train.precision", PRECISIONS.get(written or "") or unclear(node), "precision", span=node.span)


def read_quantize(reader: Reader) -> None:
    """`quantize: bnb.nf4`: bitsandbytes through Lightning's precision plugin, which replaces the layers of the model."""
    node = reader.get("quantize")
    if node is None and reader.tree.open:
        reader.unsure("quantization.method", "quantize")
    if node is None or is_null(node):
        return
    reader.put("quantize", "litgpt.quantize")
    written = string(node)
    if written is None or not written.startswith("bnb."):
        reader.say("quantization.method", unclear(node), "quantize", span=node.span)
        return
    kind = written.removeprefix("bnb.")
    reader.say("quantization.method", "bitsandbytes", "quantize", span=node.span)
    reader.say("quantization.origin", "on-load", "quantize", span=node.span)
    reader.say("quantization.bits", 8 if kind.startswith("int8") else 4, "quantize", span=node.span)
    if not kind.startswith("int8"):
        reader.say("quantization.type", kind.removesuffix("-dq"), "quantize", span=node.span)
        reader.say("quantization.double", kind.endswith("-dq"), "quantize", span=node.span)


def read_devices(reader: Reader) -> None:
    """One process a device; `auto` takes all there are, which is not known."""
    builder = reader.builder
    devices = reader.get("devices")
    if devices is None and reader.tree.open:
        return
    nodes = number(reader.get("num_nodes")) if reader.has("num_nodes") else 1
    if string(devices) == "auto" and nodes == 1 and devices is not None:
        count = Choice((Scalar("one", span=devices.span), Scalar("several", span=devices.span)), span=devices.span)
        reader.say("parallel.processes", count, "devices")
        return
    reader.put("devices", "launch.processes", integer, default=1)
    count_here = builder.known("launch.processes")
    if isinstance(count_here, int) and nodes is not None:
        source = "launch.processes"
        if nodes > 1:
            reader.put("num_nodes", "litgpt.num_nodes", integer)
            source = "litgpt.num_nodes"
        builder.derive("parallel.world_size", count_here * nodes, source, rank=reader.rank)


def recognise(tree: Mapping) -> bool:
    """Whether a file holds litgpt's options: names that only its `setup` functions have together."""
    names = tree.entries.keys()
    return {"checkpoint_dir", "out_dir", "precision"} <= names and bool(names & {"quantize", "devices", "lora_r"})


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """A configuration that no launch names; whether it is for LoRA shows in its keys."""
    builder.spans += [entry.span for name, entry in tree.entries.items() if name == "checkpoint_dir" and entry.span]
    names = tree.entries.keys()
    command = "finetune_lora" if "lora_r" in names else "finetune_adapter" if "quantize" in names else "finetune_full"
    read_options(tree, builder, command, rank=Rank.FILE)


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME, "checkpoint_dir"),
    programs={NAME: cli},
    modules={NAME: cli, "litgpt.__main__": cli},
    config=ConfigReader(recognise, read_config),
)
