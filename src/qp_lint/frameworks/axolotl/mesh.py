"""Whether the sizes of Axolotl's mesh fit the number of processes (utils/distributed.py, _get_parallel_config_kwargs).

accelerate's ParallelismConfig and the expert-parallel plugin check what comes out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True, slots=True)
class Sizes:
    """The degrees of parallelism as configured: 1 for the first four and None for the others where nothing is."""

    tp: int = 1
    cp: int = 1
    expert: int = 1
    shard: int | None = None
    replicate: int | None = None


def problem(world: int, sizes: Sizes, *, fsdp: bool, deepspeed: bool = False) -> str | None:
    """What is wrong with a mesh on `world` processes.

    `shard-without-fsdp`, `expert` (does not divide, or the product is another), `replicate` (tp or cp with replicas that are not
    sharded), `product` (not the number of processes); None when it fits.
    """
    if world < 2:
        return None
    if sizes.expert > 1:
        product = prod((sizes.expert, sizes.tp, sizes.cp, sizes.shard or 1, sizes.replicate or 1))
        return "expert" if product != world else None
    rest = world // sizes.tp // sizes.cp
    if deepspeed and sizes.cp > 1:  # DeepSpeed Ulysses: the other processes are replicas
        return "product" if (sizes.replicate or 1) not in (1, rest) else None
    shard, replicate = 1, 1
    if sizes.shard is None and (sizes.replicate or 1) == 1:
        shard, rest = rest, 1
    if sizes.replicate is not None and sizes.replicate > 1:
        replicate, rest = sizes.replicate, rest // sizes.replicate
    if rest > 1 and sizes.shard is not None and sizes.shard > 1:
        if not fsdp:
            return "shard-without-fsdp"
        shard, rest = sizes.shard, rest // sizes.shard
        if rest > 1 and replicate == 1:
            replicate, rest = rest, 1
    if rest > 1 and shard == 1 and fsdp:
        shard, rest = rest, 1
    if rest > 1 or prod((sizes.tp, sizes.cp, shard, replicate)) != world:
        return "product"
    return "replicate" if (sizes.tp > 1 or sizes.cp > 1) and replicate > 1 and shard == 1 else None
