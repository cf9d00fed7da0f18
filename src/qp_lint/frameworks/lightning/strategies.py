"""`strategy=`: the names that Lightning registers, and its strategy classes with their arguments."""

from __future__ import annotations

import re

from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument
from qp_lint.frameworks.fsdp_options import offload, sharding
from qp_lint.frameworks.values import Reader, each, fields, flag, integer, is_null, lower, said, unclear
from qp_lint.tree import Call, Node, Scalar, string

DEEPSPEED = re.compile(r"deepspeed(?:_stage_(?P<stage>[123]))?(?P<offload>_offload(?P<nvme>_nvme)?)?")
# Families by the first letters of a name, and by class: the longer ones first.
FAMILIES = {"ddp": "ddp", "fsdp": "fsdp", "deepspeed": "deepspeed", "xla": "xla", "single": "single", "dp": "dp", "auto": "auto"}
CLASSES = {
    "DDPStrategy": "ddp",
    "DDPSpawnStrategy": "ddp",
    "FSDPStrategy": "fsdp",
    "DDPFullyShardedNativeStrategy": "fsdp",
    "DeepSpeedStrategy": "deepspeed",
    "ModelParallelStrategy": "model-parallel",
    "SingleDeviceStrategy": "single",
    "DataParallelStrategy": "dp",
    "XLAStrategy": "xla",
    "XLAFSDPStrategy": "xla",
}
STATE_DICTS = {"full": "FULL_STATE_DICT", "sharded": "SHARDED_STATE_DICT"}


def read_strategy(node: Node | None, reader: Reader) -> None:
    """Record a strategy; null and `auto` leave it to the number of devices, what cannot be told leaves it open."""
    if node is None or is_null(node):
        return
    name = string(lower(node)) if isinstance(node, Scalar) else None
    if name is not None:
        read_name(name, node, reader)
    elif isinstance(node, Call) and node.function.rpartition(".")[2] in CLASSES:
        with reader.builder.passing(*node.via):
            read_class(node, reader)
    else:
        reader.say("parallel.strategy", unclear(node), "strategy")
        reader.say("lightning.strategy", unclear(node), "strategy")


def read_name(name: str, node: Node, reader: Reader) -> None:
    """A registered name such as `deepspeed_stage_3_offload`."""
    family = next((family for start, family in FAMILIES.items() if name.startswith(start)), None)
    if family == "auto":
        return
    reader.say("lightning.strategy", said(node, family) if family else unclear(node), "strategy")
    if family == "fsdp":
        reader.say("parallel.fsdp.version", said(node, 1), "strategy")
        reader.say("parallel.fsdp.offload", name.endswith("cpu_offload"), "strategy", span=node.span)
    elif family == "deepspeed" and (match := DEEPSPEED.fullmatch(name)):
        reader.say("parallel.zero.stage", said(node, int(match["stage"] or 2)), "strategy")
        device = "nvme" if match["nvme"] else "cpu" if match["offload"] else "none"
        reader.say("parallel.zero.offload_optimizer", device, "strategy", span=node.span)
        reader.say("parallel.zero.offload_param", device if match["stage"] == "3" else "none", "strategy", span=node.span)
    else:
        read_other(family, node, reader)


def read_other(family: str | None, node: Node, reader: Reader) -> None:
    """A strategy that shards nothing that the vocabulary has words for."""
    known = family if family in ("ddp", "dp", "single") else "other" if family else None
    reader.say("parallel.strategy", said(node, known) if known else unclear(node), "strategy")


def read_class(call: Call, reader: Reader) -> None:
    """A strategy object."""
    name = call.function.rpartition(".")[2]
    family = CLASSES[name]
    place = call.name_span or call.span
    reader.say("lightning.strategy", family, name, span=place)
    inner = reader.inside(fields(call))
    if family == "fsdp":
        inner.say("parallel.fsdp.version", 1, name, span=place)
        inner.put("sharding_strategy", "parallel.fsdp.sharding", sharding, default="FULL_SHARD")
        inner.put("cpu_offload", "parallel.fsdp.offload", offload, default=False)
        inner.put("state_dict_type", "parallel.fsdp.state_dict_type", state_dict, default="FULL_STATE_DICT")
    elif family == "deepspeed":
        read_deepspeed_class(inner, name)
    elif family == "model-parallel":
        inner.say("parallel.strategy", "other", name, span=place)
        if inner.has("tensor_parallel_size"):
            inner.put("tensor_parallel_size", "lightning.tensor_parallel_size", integer)
    else:
        inner.say("parallel.strategy", family if family != "xla" else "other", name, span=place)


def read_deepspeed_class(reader: Reader, name: str) -> None:
    """`DeepSpeedStrategy(stage=2, offload_…=False, config=…)`; a configuration replaces the other arguments."""
    config = reader.get("config")
    if not is_null(config):
        read_deepspeed_argument(config, reader.builder, framework="lightning", key="config")
        return
    reader.put("stage", "parallel.zero.stage", integer, default=2)
    for role in ("optimizer", "parameters"):
        setting = f"parallel.zero.offload_{'optimizer' if role == 'optimizer' else 'param'}"
        switch = reader.get(f"offload_{role}")
        if switch is None and reader.tree.open:
            reader.unsure(setting, f"offload_{role}")
        elif switch is None or flag(switch) is False:
            reader.say(setting, "none", f"offload_{role}", span=(switch or reader.tree).span)
        elif flag(switch):
            device = string(reader.get(f"offload_{'optimizer' if role == 'optimizer' else 'params'}_device")) or "cpu"
            reader.say(setting, device, f"offload_{role}", span=switch.span)


def state_dict(node: Node) -> Node:
    """`full` and `sharded` as FSDP names them."""
    return each(
        lower(node), lambda option: said(option, STATE_DICTS[name]) if (name := string(option)) in STATE_DICTS else option
    )
