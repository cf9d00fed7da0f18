"""What follows for an Axolotl training from everything read: the launch, the configuration, DeepSpeed's file."""

from __future__ import annotations

from qp_lint.frameworks.axolotl.mesh import Sizes, problem
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank

NAME = "axolotl"


def finish(builder: RunBuilder) -> None:
    """Derive what Axolotl works out by itself."""
    if builder.known("framework") != NAME:
        return
    read_placement(builder)
    read_preparation(builder)
    read_mesh(builder)


def read_placement(builder: RunBuilder) -> None:
    """`device_map`: one process has the whole machine, several have a device each; FSDP and ZeRO-3 take none."""
    if is_sharded(builder) is not False:
        return
    count = builder.known("parallel.world_size")
    one = count == 1 if isinstance(count, int) else builder.known("launch.launcher") == "python" or None
    if one:
        chosen = builder.known("axolotl.device_map")
        builder.derive("model.device_map", chosen if isinstance(chosen, str) else "auto", "axolotl.device_map", rank=Rank.FORCED)
    elif one is False:
        builder.put("model.device_map", "per-rank", key="device_map", framework=NAME, rank=Rank.FORCED)


def is_sharded(builder: RunBuilder) -> bool | None:
    """Whether FSDP or ZeRO-3 places the parameters; None when that is not known."""
    stage, version = builder.settings.get("parallel.zero.stage"), builder.settings.get("parallel.fsdp.version")
    if version is not None and not (version.known and version.value is None):
        return True if version.values else None
    if stage is None:
        return False
    return stage.value == 3 if stage.known else None


def read_preparation(builder: RunBuilder) -> None:
    """prepare_model_for_kbit_training runs on quantized models, but not under FSDP with qlora nor under ZeRO-3."""
    if builder.known("quantization.method") == "bitsandbytes":
        sharded = is_sharded(builder)
        if sharded is not None:
            builder.derive("tuning.kbit_prepared", not sharded, "parallel.fsdp.version", "parallel.zero.stage")


def read_mesh(builder: RunBuilder) -> None:
    """Whether the mesh fits the processes that the launch says."""
    world = builder.known("parallel.world_size")
    names = (
        "parallel.tp.size",
        "parallel.cp.size",
        "axolotl.expert_parallel_size",
        "axolotl.dp_shard_size",
        "axolotl.dp_replicate_size",
    )
    present = [builder.settings[name] for name in names if builder.is_set(name)]
    if not isinstance(world, int) or not present or any(not setting.known for setting in present):
        return
    tp, cp, expert, shard, replicate = (value if isinstance(value := builder.known(name), int) else None for name in names)
    ulysses = builder.is_set("parallel.zero.stage") and builder.versions.at_least(NAME, "0.21")
    if ulysses is None and cp is not None and cp > 1:
        return
    if expert is not None and not builder.versions.at_least(NAME, "0.20"):
        return
    sizes = Sizes(tp or 1, cp or 1, expert or 1, shard, replicate)
    found = problem(world, sizes, fsdp=builder.is_set("parallel.fsdp.version"), deepspeed=bool(ulysses))
    if found is not None:
        shown = {"tensor": tp, "context": cp, "expert": expert, "dp_shard": shard, "dp_replicate": replicate}
        words = " x ".join(f"{name} {size}" for name, size in shown.items() if size is not None)
        builder.derive("axolotl.mesh", words, *(name for name in names if builder.is_set(name)), rank=Rank.FILE)
        builder.derive("axolotl.mesh_problem", found, *(name for name in names if builder.is_set(name)), rank=Rank.FILE)
