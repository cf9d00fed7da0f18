"""The DeepSpeed and FSDP configurations that ms-swift brings, by the names that `--deepspeed` and `--fsdp` take.

Facts: swift/config/*.json of 4.6.0 (swift/llm/ds_config before 4.0); only what the readers ask for is repeated here.
"""

from __future__ import annotations

import json
from typing import Any

from qp_lint.frameworks.deepspeed_config import tree_of
from qp_lint.frameworks.values import is_null, one
from qp_lint.run import RunBuilder
from qp_lint.tree import Entry, Mapping, Node, Scalar, string

LIMIT = 1_000_000  # characters of a configuration written as JSON


def zero(stage: int, *, offload: bool = False) -> dict[str, Any]:
    """A DeepSpeed preset: precision is left to the Trainer, ZeRO++ is off."""
    device = {"device": "cpu" if offload else "none"}
    options: dict[str, Any] = {"stage": stage}
    if stage >= 2:
        options["offload_optimizer"] = device
    if stage == 3:
        options |= {"offload_param": device, "zero_quantized_weights": False, "stage3_gather_16bit_weights_on_model_save": True}
    return {"fp16": {"enabled": "auto"}, "bf16": {"enabled": "auto"}, "zero_optimization": options}


DEEPSPEED = {
    **{f"zero{stage}": zero(stage) for stage in range(4)},
    **{f"zero{stage}_offload": zero(stage, offload=True) for stage in (2, 3)},
    # the names of ms-swift 2
    **{f"default-zero{stage}": zero(stage) for stage in (2, 3)},
    **{f"zero{stage}-offload": zero(stage, offload=True) for stage in (2, 3)},
}
FSDP = {
    "fsdp2": {
        "fsdp": "full_shard auto_wrap",
        "fsdp_config": {
            "fsdp_version": 2,
            "reshard_after_forward": True,
            "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "cpu_ram_efficient_loading": True,
            "state_dict_type": "SHARDED_STATE_DICT",
            "activation_checkpointing": True,
        },
    }
}


def deepspeed(node: Node) -> Node:
    """What `--deepspeed` names: a preset or a JSON text as its tree, else (a path) the node as it is."""
    name = string(node)
    if name is None:
        return node
    return tree_of(DEEPSPEED[name], node) if name in DEEPSPEED else inline(name, node) or node


def fsdp(node: Node | None, builder: RunBuilder) -> dict[str, Entry]:
    """The Trainer's `fsdp` and `fsdp_config` that `--fsdp` stands for: a preset, a JSON text or a file with both."""
    node = one(node, builder)
    name = string(node)
    if node is None or is_null(node) or name == "":
        return {}
    if name is None:
        return {"fsdp": Entry(node, node.span)}
    found = tree_of(FSDP[name], node) if name in FSDP else inline(name, node) or builder.open_data(name)
    tree = found if isinstance(found, Mapping) else Mapping(open=True, span=node.span)
    words = tree.entries.get("fsdp") or Entry(Scalar("full_shard auto_wrap", span=node.span, via=node.via), node.span)
    inner = one(tree.get("fsdp_config"), builder)
    options = inner if isinstance(inner, Mapping) else Mapping(open=tree.open, span=node.span)
    entries = dict(options.entries)
    if not options.open and not entries.keys() & {"fsdp_version", "version"}:
        entries["fsdp_version"] = Entry(Scalar(2, span=node.span, via=node.via), node.span)
    config = Mapping(entries, options.open, span=options.span or node.span, via=node.via)
    return {"fsdp": words, "fsdp_config": Entry(config, node.span)}


def inline(written: str, node: Node) -> Mapping | None:
    """A configuration written as JSON in place of a name; all of it stands at `node`."""
    if not written.lstrip().startswith("{") or len(written) > LIMIT:
        return None
    try:
        found = tree_of(json.loads(written), node)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None
