"""llama-cookbook (once llama-recipes): `finetuning.py` with the flags of its configuration classes, read by fire.

Facts: llama-cookbook 0.0.5 and main of 2025-10: src/llama_cookbook/finetuning.py: main, configs/{training,fsdp,quantization}.py,
utils/config_utils.py.  A flag with a dot sets a field of one class (`--fsdp_config.pure_bf16`), one without a field of all.
"""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.fsdp_options import sharding
from qp_lint.frameworks.overrides import from_flags
from qp_lint.frameworks.quantization import read_method
from qp_lint.frameworks.values import Reader, boolean, first_of, flag, is_null, said, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Scalar, string

NAME = "llama-cookbook"
PACKAGES = ("llama_cookbook", "llama_recipes")
SCRIPTS = ("finetuning.py", "llama_finetuning.py")
OWN = frozenset({"enable_fsdp", "use_peft", "peft_method", "batching_strategy", "low_cpu_fsdp", "use_fast_kernels"})
METHODS = {"lora": "lora", "llama_adapter": "other-peft", "prefix": "prompt"}
BITS = {"4bit": 4, "8bit": 8}


def module(words: list[Node], builder: RunBuilder) -> None:
    """`python -m llama_cookbook.finetuning --flag …`."""
    if not builder.is_set("launch.launcher"):
        builder.default("launch.launcher", "python", framework=NAME)
    read_options(from_flags(words), builder, words)


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """Its script: in the project it imports the package, elsewhere it is given flags that only it has."""
    if posixpath.basename(script) not in SCRIPTS:
        return False
    found = builder.locate(script)
    source = builder.project.source(found) if found is not None else None
    tree = from_flags(arguments)
    if source is not None:
        mine = any(package in source.text for package in PACKAGES)
    else:
        mine = not OWN.isdisjoint(tree.entries)
    if mine:
        read_options(tree, builder, arguments)
    return mine


def read_options(tree: Mapping, builder: RunBuilder, words: list[Node]) -> None:
    """Record the flags."""
    place = words[0].span if words else None
    reader = Reader(builder, Mapping(tree.entries, tree.open, span=place), NAME, Rank.COMMAND)
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    builder.put("purpose", "train", key="finetuning", framework=NAME, rank=Rank.FILE)
    builder.put("train.trainer", "loop", key="finetuning", framework=NAME, rank=Rank.FILE)
    if reader.has("model_name"):
        read_checkpoint(tree.entries["model_name"].value, builder, framework=NAME, rank=Rank.COMMAND, key="model_name")
    reader.say("model.load_api", "from_pretrained", "model_name", rank=Rank.DEFAULT)
    if flag(reader.get("use_fp16")):
        reader.say("model.dtype", "float16", "use_fp16", span=tree.entries["use_fp16"].span)
    read_tuning(reader)
    read_fsdp(reader)
    read_quantization(reader)


def read_tuning(reader: Reader) -> None:
    """`--use_peft --peft_method M`; without it all layers are trained, or those that are not frozen."""
    used = reader.get("use_peft")
    if used is None and reader.tree.open:
        reader.unsure("tuning.method", "use_peft")
        return
    reader.put("use_peft", "llama-cookbook.use_peft", boolean, default=False)
    if flag(used):
        method = reader.get("peft_method")
        name = "lora" if method is None else string(method)
        reader.say("llama-cookbook.peft_method", "lora" if method is None else method, "peft_method")
        place = method.span if method is not None else reader.tree.entries["use_peft"].span
        reader.say("tuning.method", METHODS.get(name or "") or unclear(method or Scalar(None)), "peft_method", span=place)
    elif used is None or flag(used) is False:
        frozen = any(flag(reader.get(name)) for name in ("freeze_layers", "freeze_LLM_only"))
        reader.say("tuning.method", "freeze" if frozen else "full", "use_peft", rank=Rank.DEFAULT)
    else:
        reader.say("tuning.method", unclear(used), "use_peft")


def read_fsdp(reader: Reader) -> None:
    """`--enable_fsdp`: PyTorch's FullyShardedDataParallel."""
    node = reader.get("enable_fsdp")
    if node is None and reader.tree.open:
        reader.unsure("llama-cookbook.enable_fsdp", "enable_fsdp")
        reader.unsure("parallel.fsdp.version", "enable_fsdp")
        return
    reader.put("enable_fsdp", "llama-cookbook.enable_fsdp", boolean, default=False)
    if flag(node) is None:
        if node is not None:
            reader.say("parallel.fsdp.version", unclear(node), "enable_fsdp")
    elif flag(node):
        reader.say("parallel.fsdp.version", said(node or Scalar(None), 1), "enable_fsdp")
        names = ("fsdp_config.sharding_strategy", "sharding_strategy")
        reader.put(names, "parallel.fsdp.sharding", sharding, default="FULL_SHARD")
        reader.put(("fsdp_config.fsdp_cpu_offload", "fsdp_cpu_offload"), "parallel.fsdp.offload", boolean, default=False)


def read_quantization(reader: Reader) -> None:
    """`--quantization 4bit|8bit`; a bare flag means 8 bits.  Under FSDP the 4-bit weights are stored in the compute dtype."""
    node = reader.get("quantization")
    if node is None and reader.tree.open:
        reader.unsure("quantization.method", "quantization")
    if node is None or is_null(node) or flag(node) is False:
        return
    reader.put("quantization", "llama-cookbook.quantization", lambda value: value)
    written = string(node)
    bits = 8 if flag(node) else BITS.get(written or "")
    if bits is None:
        if not isinstance(node, Scalar):
            reader.say("quantization.method", unclear(node), "quantization")
        return
    entries = {f"load_in_{bits}bit": Entry(said(node, True), node.span)}
    if bits == 4:
        for name, default in (("quant_type", "fp4"), ("compute_dtype", "bfloat16"), ("quant_storage", "bfloat16")):
            given = first_of(reader.tree, f"quantization_config.{name}", name)
            entries[f"bnb_4bit_{name}"] = given[1] if given is not None else Entry(Scalar(default))
        if flag(reader.get("enable_fsdp")):
            entries["bnb_4bit_quant_storage"] = entries["bnb_4bit_compute_dtype"]
    place = node.span or reader.tree.entries["quantization"].span
    read_method("bitsandbytes", reader.inside(Mapping(entries, span=place)), "quantization")
    if flag(reader.get("enable_fsdp")) is not True and not reader.tree.open:
        reader.say("model.device_map", "auto", "quantization", span=place)


FRAMEWORK = Framework(
    name=NAME,
    packages=PACKAGES,
    words=(*PACKAGES, "finetuning.py"),
    modules={f"{package}.finetuning": module for package in PACKAGES},
    scripts=tuple(f"*/{name}" for name in SCRIPTS),
    claims=claims,
)
