"""LMFlow: its scripts (`examples/finetune.py --use_qlora 1 --quant_bit 4 …`) under accelerate or deepspeed.

Facts: LMFlow of April 2026, `src/lmflow/args.py` (ModelArguments), `src/lmflow/models/hf_model_mixin.py`
(`__prepare_quant_config`): 4-bit weights are stored and computed in bfloat16 whatever the model's data type is, from commit
120483f (2025-03) on; `use_qlora` switches `use_lora` on.
"""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.models import read_dtype
from qp_lint.frameworks.overrides import from_flags
from qp_lint.frameworks.training_arguments import read_training_arguments
from qp_lint.frameworks.values import Reader, boolean, flag, integer, lower
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node

NAME = "lmflow"
SCRIPTS = {"finetune.py": "sft", "finetune_multi_modal.py": "sft", "dpo_train.py": "dpo", "reward_modeling.py": "reward"}
OWN = frozenset({"use_qlora", "quant_bit", "dataset_path", "conversation_template", "use_lisa", "lisa_activated_layers"})


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """One of LMFlow's scripts: by what it imports when it lies in the project, else by flags that only LMFlow has."""
    name = posixpath.basename(script)
    if name not in SCRIPTS:
        return False
    flags = from_flags(arguments)
    path = builder.locate(script)
    source = builder.project.source(path) if path is not None else None
    if "lmflow" not in source.text if source is not None else len(OWN & flags.entries.keys()) < 2:
        return False
    place = arguments[0].span if arguments else None
    read_options(Mapping(flags.entries, flags.open, span=place), builder, SCRIPTS[name])
    return True


def read_options(tree: Mapping, builder: RunBuilder, stage: str) -> None:
    """Record what LMFlow's arguments say; training arguments are transformers'."""
    reader = Reader(builder, tree, NAME, Rank.COMMAND)
    reader.say("framework", NAME, NAME, rank=Rank.FILE, span=tree.span)
    reader.say("purpose", "train", "do_train", rank=Rank.FILE, span=tree.span)
    reader.say("train.stage", stage, stage, span=tree.span)
    read_training_arguments(tree, builder, framework=NAME, rank=Rank.COMMAND)
    name = reader.get("model_name_or_path")
    if name is not None:
        reader.say("model.load_api", "from_pretrained", "model_name_or_path", span=name.span)
        read_checkpoint(name, builder, framework=NAME, rank=Rank.COMMAND, key="model_name_or_path")
    if reader.has("torch_dtype"):
        read_dtype(reader)
    quantized = flag(reader.get("use_qlora"))
    if quantized:
        read_quantization(reader)
    elif quantized is None and (reader.has("use_qlora") or tree.open):
        reader.unsure("quantization.method", "use_qlora")
    if quantized or flag(reader.get("use_lora")):
        key = "use_qlora" if quantized else "use_lora"
        reader.say("tuning.method", "lora", key, span=tree.entries[key].value.span)
    elif flag(reader.get("use_dora")):
        reader.say("tuning.method", "lora", "use_dora", span=tree.entries["use_dora"].value.span)
        reader.put("use_dora", "tuning.dora", boolean)
    elif not tree.open:
        reader.say("tuning.method", "full", "use_lora", rank=Rank.DEFAULT, span=tree.span)


def read_quantization(reader: Reader) -> None:
    """`--use_qlora` with `--quant_bit` (before: `--bits`) 4 or 8."""
    place = reader.tree.entries["use_qlora"].value.span
    reader.say("quantization.method", "bitsandbytes", "use_qlora", span=place)
    reader.say("quantization.origin", "on-load", "use_qlora", span=place)
    reader.say("quantization.known_by", "argument", "use_qlora", span=place)
    reader.put(("bits", "quant_bit"), "quantization.bits", integer, default=4)
    if reader.builder.known("quantization.bits") == 4:
        reader.put("quant_type", "quantization.type", lower, default="nf4")
        reader.put("double_quant", "quantization.double", boolean, default=True)
        for setting in ("storage_dtype", "compute_dtype"):
            reader.say(f"quantization.{setting}", "bfloat16", "use_qlora", rank=Rank.DEFAULT, span=place)


FRAMEWORK = Framework(
    name=NAME, packages=(NAME,), words=(NAME, "use_qlora"), scripts=tuple(f"*/{name}" for name in SCRIPTS), claims=claims
)
