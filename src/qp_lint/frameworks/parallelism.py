"""`ParallelismConfig` of accelerate: as a call, as the `parallelism_config` of a YAML file, as launch flags."""

from __future__ import annotations

from qp_lint.frameworks.values import Reader, fields, integer
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
    for name, setting in SIZES:
        spellings = (f"parallelism_config_{name}", name)
        if reader.has(*spellings):
            reader.put(spellings, setting, integer)
