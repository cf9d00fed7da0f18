"""`ParallelismConfig` of accelerate: as a call, as the `parallelism_config` of a YAML file, as launch flags."""

from __future__ import annotations

import math

from qp_lint.frameworks.values import Reader, fields, first_of, integer, number
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Mapping, Node

SIZES = (
    ("tp_size", "parallel.tp.size"),
    ("cp_size", "parallel.cp.size"),
    ("sp_size", "accelerate.sp_size"),
    ("dp_shard_size", "accelerate.dp_shard_size"),
    ("dp_replicate_size", "accelerate.dp_replicate_size"),
)


def read_parallelism(node: Node, builder: RunBuilder, *, framework: str, rank: Rank) -> None:
    """Record the degrees of parallelism; keys with and without the prefix `parallelism_config_`."""
    if not isinstance(node, Call | Mapping):
        return
    reader = Reader(builder, fields(node), framework, rank)
    sizes: list[int | None] = []
    first = None
    for name, setting in SIZES:
        found = first_of(reader.tree, f"parallelism_config_{name}", name)
        if found is not None:
            reader.put(found[0], setting, integer)
            sizes.append(number(reader.get(found[0])))
            first = first or found[1].span or found[1].value.span
    known = [size for size in sizes if size is not None]
    if sizes and len(known) == len(sizes) and not reader.tree.open:
        reader.say("accelerate.parallelism_size", math.prod(known), "parallelism_config", span=first)
