"""H2O LLM Studio: its YAML configurations, `python llm_studio/train.py -Y FILE`, `distributed_train.sh N -Y FILE`.

Facts: h2o-llmstudio 1.14.9, `llm_studio/python_configs/text_causal_language_modeling_config.py` (defaults: the backbone is
int4, LoRA is on), `llm_studio/src/utils/modeling_utils.py` (bitsandbytes), `distributed_train.sh` (torchrun).
"""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.values import Reader, boolean, dtype, flag, integer, number
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, Sequence, string

NAME = "h2o-llmstudio"
BITS = {"int4": 4, "int8": 8}
STAGES = {"text_dpo_modeling": "dpo", "text_causal_language_modeling": "sft", "text_sequence_to_sequence_modeling": "sft"}


def is_config(tree: Mapping) -> bool:
    """Whether a file is a configuration of an experiment."""
    return "llm_backbone" in tree.entries and isinstance(tree.get("architecture"), Mapping)


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """Record what a configuration says."""
    reader = Reader(builder, tree, NAME, Rank.FILE)
    reader.say("framework", NAME, NAME, span=tree.entries["llm_backbone"].span)
    reader.say("purpose", "train", "training", span=tree.entries["llm_backbone"].span)
    builder.spans += [span for span in (tree.entries["llm_backbone"].span,) if span is not None]
    problem = string(reader.get("problem_type"))
    if problem in STAGES:
        reader.say("train.stage", STAGES[problem], "problem_type", span=tree.entries["problem_type"].value.span)
    read_checkpoint(tree.entries["llm_backbone"].value, builder, framework=NAME, rank=Rank.FILE, key="llm_backbone")
    read_backbone(reader.section("architecture"), problem)
    training = reader.section("training")
    adapted = flag(training.get("lora")) if training.has("lora") else True
    if adapted is not None:
        reader.say("tuning.method", "lora" if adapted else "full", "lora", span=training.tree.span)
    training.put("use_dora", "tuning.dora", boolean, default=False)
    read_environment_section(reader.section("environment"))


def read_backbone(reader: Reader, problem: str | None) -> None:
    """`backbone_dtype`: a floating data type, or int4 and int8 by bitsandbytes; int4 where it is left out."""
    reader.put("pretrained", "h2o-llmstudio.pretrained", boolean, default=True)
    node = reader.get("backbone_dtype")
    name = string(node) if node is not None else "int4" if problem == "text_causal_language_modeling" else None
    place = node.span if node is not None else reader.tree.span
    if name not in BITS:
        if node is not None:
            reader.put("backbone_dtype", "model.dtype", dtype)
        return
    rank = Rank.FILE if node is not None else Rank.DEFAULT
    for setting, value in (("method", "bitsandbytes"), ("bits", BITS[name]), ("origin", "on-load"), ("known_by", "argument")):
        reader.say(f"quantization.{setting}", value, "backbone_dtype", rank=rank, span=place)


def read_environment_section(reader: Reader) -> None:
    """DeepSpeed with ZeRO-2 or ZeRO-3, mixed precision, and the GPUs, one process each."""
    used = reader.get("use_deepspeed")
    if flag(used) and used is not None:
        reader.put("use_deepspeed", "h2o-llmstudio.use_deepspeed", boolean)
        method = string(reader.get("deepspeed_method")) or "ZeRO2"
        if method[-1:].isdecimal():
            reader.say("parallel.zero.stage", int(method[-1]), "deepspeed_method", span=used.span)
    gpus = reader.get("gpus")
    if isinstance(gpus, Sequence) and not gpus.open:
        reader.say("h2o-llmstudio.gpus", len(gpus.items), "gpus", span=reader.tree.entries["gpus"].span)
    if flag(reader.get("mixed_precision")):
        names = {"bfloat16": "bf16", "float16": "fp16"}
        found = names.get(string(reader.get("mixed_precision_dtype")) or "")
        if found:
            reader.say("train.precision", found, "mixed_precision", span=reader.tree.entries["mixed_precision"].value.span)


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """`train.py -Y FILE`."""
    words = [string(word) for word in arguments]
    if posixpath.basename(script) != "train.py" or "-Y" not in words[:-1]:
        return False
    word = arguments[words.index("-Y") + 1]
    tree = builder.open_data(string(word) or "")
    if not isinstance(tree, Mapping) or not is_config(tree):
        return False
    with builder.passing(word.span):
        read_config(tree, "", builder)
    return True


def distributed(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`distributed_train.sh N …` runs train.py in N processes of torchrun."""
    if not words or number(words[0]) is None:
        return []
    builder.put("launch.processes", integer(words[0]), key="distributed_train.sh", framework=NAME, rank=Rank.COMMAND)
    builder.put("launch.launcher", "torchrun", key="distributed_train.sh", framework=NAME, rank=Rank.COMMAND, span=words[0].span)
    return None if claims("train.py", words[1:], builder) else []


FRAMEWORK = Framework(
    name=NAME,
    packages=("llm_studio",),
    words=("llm_backbone", "llm_studio"),
    programs={"distributed_train.sh": distributed},
    config=ConfigReader(is_config, read_config),
    scripts=("*/train.py",),
    claims=claims,
)
