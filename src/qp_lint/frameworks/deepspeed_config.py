"""DeepSpeed's configuration: a JSON file, a dict of a script, a base64 string."""

from __future__ import annotations

from qp_lint.frameworks.base import REMOVE, Around, Entries
from qp_lint.frameworks.deepspeed_options import read_options
from qp_lint.frameworks.values import Reader, boolean, flag, integer, is_null, lower, one, said, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Plain, Scalar, Sequence, string

# What only stage 3 reads (DeepSpeed 0.19 runtime/zero/config.py); an "auto" left there is filled in by nobody in other stages.
STAGE_3 = frozenset(
    {
        *("offload_param", "cpu_offload_params", "cpu_offload_param", "sub_group_size", "memory_efficient_linear"),
        *("zero_hpz_partition_size", "zero_quantized_weights", "zero_quantized_nontrainable_weights"),
        *("mics_shard_size", "mics_hierarchical_params_gather", "pipeline_loading_checkpoint", "override_module_apply"),
    }
)
PRECISIONS = {"fp16": ("fp16",), "bf16": ("bf16", "bfloat16")}


def read_deepspeed_argument(
    node: Node | None, builder: RunBuilder, *, framework: str = "deepspeed", key: str = "deepspeed", rank: Rank = Rank.CODE
) -> None:
    """Read what `deepspeed=` holds: a path, a mapping or a base64 string; null and the empty string switch it off.

    A value that cannot be told leaves the stage unknown, and whatever a launch said stands.
    """
    node = one(node, builder)
    if is_null(node) or (isinstance(node, Scalar) and node.value in ("", False)):
        return
    assert node is not None
    tree = open_config(node, builder)
    if tree is None:
        builder.put("parallel.zero.stage", unclear(node), key=key, framework=framework, rank=unsure(node, rank))
        return
    inside = () if tree is node else (node.span, *node.via)
    with builder.passing(*inside):
        read_deepspeed(tree, builder, rank=rank)


def unsure(node: Node, rank: Rank) -> Rank:
    """A file that is not in reach says for sure that DeepSpeed is on; a value that cannot be told says nothing."""
    return rank if string(node) else Rank.DEFAULT


def open_config(node: Node, builder: RunBuilder) -> Mapping | None:
    """The configuration that a path, mapping or base64 string stands for."""
    if isinstance(node, Mapping):
        return node
    name = string(node)
    if name is None:
        return None
    found = builder.open_data(name)
    if found is None and not name.endswith((".json", ".yaml", ".yml")):
        found = decode(name, node)
    return found if isinstance(found, Mapping) else None


def decode(name: str, node: Node) -> Node | None:
    """A configuration given as base64 of JSON (transformers' HfDeepSpeedConfig takes one); all of it stands at `node`."""
    import base64
    import json

    if len(name) > 1_000_000:
        return None
    try:
        return tree_of(json.loads(base64.urlsafe_b64decode(name)), node)
    except (ValueError, RecursionError):
        return None


def tree_of(value: object, place: Node) -> Node:
    """The tree of plain data that is all written in one place."""
    if isinstance(value, dict):
        entries = {str(key): Entry(tree_of(item, place), place.span) for key, item in value.items()}
        return Mapping(entries, span=place.span, via=place.via)
    if isinstance(value, list):
        return Sequence(tuple(tree_of(item, place) for item in value), span=place.span, via=place.via)
    if value is None or isinstance(value, str | int | float | bool):
        return said(place, value)
    return unclear(place)


def read_deepspeed(tree: Mapping, builder: RunBuilder, *, framework: str = "deepspeed", rank: Rank = Rank.FILE) -> None:
    """Record what a DeepSpeed configuration says; what it leaves out has DeepSpeed's own default (runtime/zero/config.py)."""
    reader = Reader(builder, tree, framework, rank, default_rank=rank)
    zero = reader.section("zero_optimization")
    legacy = reader.get("zero_optimization")
    if isinstance(legacy, Scalar) and flag(legacy):  # the boolean of DeepSpeed's first releases means stage 1
        zero.say("parallel.zero.stage", 1, "zero_optimization", span=legacy.span)
    else:
        zero.put("stage", "parallel.zero.stage", integer, default=0)
    read_offload(zero, "offload_param", "cpu_offload_params")
    read_offload(zero, "offload_optimizer", "cpu_offload")
    names = ("stage3_gather_16bit_weights_on_model_save", "stage3_gather_fp16_weights_on_model_save")
    gather = (*names, "gather_16bit_weights_on_model_save")  # the field's own name, which its alias does not shut out
    zero.put(gather, "parallel.zero.save_16bit", boolean, default=False)
    zero.put("zero_quantized_weights", "parallel.zero.quantized_weights", boolean, default=False)
    for name, spellings in PRECISIONS.items():
        if reader.has(*spellings):
            reader.section(*spellings).put("enabled", f"deepspeed.{name}.enabled", enabled_or_auto, default=False)
    reader.section("optimizer").put("type", "deepspeed.optimizer.type")
    reader.section("tensor_parallel").put("autotp_size", "parallel.tp.size", integer)
    read_options(reader)


def write_stage(value: Plain, around: Around) -> Entries | None:
    """A stage in `zero_optimization`; below 3 without the keys that only stage 3 reads."""
    if value is None or not around or "stage" not in around[0]:
        return None
    only = [name for name in around[0] if name in STAGE_3 or name.startswith("stage3_")] if value != 3 else []
    return 0, {"stage": value, **dict.fromkeys(only, REMOVE)}


def enabled_or_auto(node: Node) -> Node:
    """A switch of a precision section; "auto" is filled in by transformers or accelerate."""
    return node if string(node) == "auto" else boolean(node)


def read_offload(zero: Reader, name: str, legacy: str) -> None:
    """Record where parameters or optimizer states are kept; the old boolean keys mean the CPU."""
    setting = f"parallel.zero.{name}"
    inner = zero.get(name)
    if isinstance(inner, Mapping):
        zero.inside(inner).put("device", setting, lower, default="none")
    elif inner is not None and not is_null(inner):
        zero.say(setting, unclear(inner), name)
    elif flag(old := zero.get(legacy)) and old is not None:
        zero.say(setting, "cpu", legacy, span=old.span)
    elif zero.tree.open:
        zero.unsure(setting, name)
    else:
        zero.say(setting, "none", name, span=zero.tree.span)
