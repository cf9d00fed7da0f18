"""How Axolotl spreads a training over processes: `deepspeed`, `fsdp_config`, and the sizes of its mesh."""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.axolotl.releases import SHIPPED
from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument, tree_of
from qp_lint.frameworks.devices import device_map
from qp_lint.frameworks.fsdp_options import either, read_fsdp
from qp_lint.frameworks.values import Reader, dtype, flag, integer, is_null, number, said
from qp_lint.run import RunBuilder
from qp_lint.tree import Entry, Mapping, Node, Plain, Sequence, string

NAME = "axolotl"
FSDP_DEFAULTS: dict[str, Plain] = {
    "cpu_ram_efficient_loading": False,
    "sync_module_states": False,
    "use_orig_params": False,
    "offload_params": False,
    "activation_checkpointing": False,
}
SIZES = ("tensor_parallel_size", "dp_shard_size", "dp_replicate_size", "expert_parallel_size")


def read_parallelism(reader: Reader) -> None:
    """Record DeepSpeed, FSDP and the mesh; where both are given, FSDP is what Axolotl sets up (utils/trainer.py)."""
    sharded = read_fsdp_config(reader)
    node = reader.get("deepspeed")
    if isinstance(node, Mapping) and node.entries:
        reader.say("axolotl.deepspeed_is_inline", True, "deepspeed", span=node.span)
    if node is not None and not sharded:
        read_deepspeed_argument(shipped(node, reader.builder), reader.builder, framework=NAME, rank=reader.rank)
    elif node is None and reader.tree.open:
        reader.unsure("parallel.zero.stage", "deepspeed")
    for name in SIZES:
        if not is_null(reader.get(name)):
            reader.put(name, f"axolotl.{name}", integer)
    if not is_null(reader.get("tensor_parallel_size")):
        reader.put("tensor_parallel_size", "parallel.tp.size", integer)
    context = first_set(reader, "context_parallel_size", "sequence_parallel_degree")
    if context is not None:
        reader.put(context, "parallel.cp.size", integer)
    elif not is_null(reader.section("context_parallel").get("size")):
        reader.section("context_parallel").put("size", "parallel.cp.size", integer)
    if not is_null(reader.get("device_map")):
        reader.put("device_map", "axolotl.device_map", device_map)
    if flag(reader.get("use_ray")):
        reader.put("use_ray", "launch.launcher", lambda found: said(found, "ray"))
        if not is_null(reader.get("ray_num_workers")):
            reader.put("ray_num_workers", "parallel.world_size", integer)


def first_set(reader: Reader, *names: str) -> str | None:
    """The first of several keys that holds something."""
    return next((name for name in names if not is_null(reader.get(name)) and flag(reader.get(name)) is not False), None)


def shipped(node: Node, builder: RunBuilder) -> Node:
    """A DeepSpeed configuration that comes with Axolotl, where the project has no file of that name."""
    name = string(node) or ""
    folder, file = posixpath.split(name)
    if posixpath.basename(folder) == "deepspeed_configs" and file in SHIPPED and builder.locate(name) is None:
        return tree_of(SHIPPED[file], node)
    return node


def read_fsdp_config(reader: Reader) -> bool:
    """`fsdp_config`: FSDP2 from Axolotl 0.20 on, before it FSDP1 unless a version is given; whether there is one."""
    section, listed = reader.get("fsdp_config"), reader.get("fsdp")
    if section is None and reader.tree.open:
        reader.unsure("parallel.fsdp.version", "fsdp_config")
        return False
    filled = isinstance(section, Mapping) and bool(section.entries)
    newer = reader.builder.versions.at_least(NAME, "0.20")
    if not filled and not (newer is False and isinstance(listed, Sequence) and listed.items):
        return False
    place = section.span if filled and section is not None else listed.span if listed is not None else None
    options = fsdp_tree(reader, section if isinstance(section, Mapping) else Mapping(span=place))
    version: Plain | Node = either(1, 2) if newer is None else 2 if newer else 1
    inside = Reader(reader.builder, options, NAME, reader.rank, reader.rank, place)
    read_fsdp(inside, defaults=FSDP_DEFAULTS, version=version)
    if inside.has("mixed_precision_policy") and not is_null(inside.get("mixed_precision_policy")):
        inside.put("mixed_precision_policy", "parallel.fsdp.mixed_precision", dtype)
    return True


def fsdp_tree(reader: Reader, section: Mapping) -> Mapping:
    """The options of `fsdp_config` without the prefix; of several versions the one that counts."""
    entries: dict[str, Entry] = {}
    for name, entry in section.entries.items():
        bare = name.removeprefix("fsdp_")
        if bare != "version" and not is_null(entry.value):
            entries[bare] = entry
    for tree, name in ((reader.tree, "fsdp_version"), (section, "version"), (section, "fsdp_version")):
        found = tree.entries.get(name)
        if found is not None and not is_null(found.value):
            entries["fsdp_version"] = found
            break
    tp = reader.get("tensor_parallel_size")
    newer = reader.builder.versions.at_least(NAME, "0.20")
    if newer and tp is not None and (number(tp) or 0) > 1:  # each rank loads its own shard: rank 0 alone is switched off
        entries.pop("cpu_ram_efficient_loading", None)
    return Mapping(entries, section.open, span=section.span, via=section.via)
