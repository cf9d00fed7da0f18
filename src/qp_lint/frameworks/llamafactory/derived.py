"""What follows for a LLaMA-Factory run from everything read: the launch, the configuration, DeepSpeed's file."""

from __future__ import annotations

from qp_lint.run import RunBuilder
from qp_lint.settings import Rank

NAME = "llamafactory"


def finish(builder: RunBuilder) -> None:
    """Derive LLaMA-Factory's own conditions of a training run."""
    if builder.known("framework") != NAME or builder.known("llamafactory.engine") == "v1":
        return
    read_zero3(builder)
    read_fsdp_seen(builder)
    read_device_map(builder)


def read_zero3(builder: RunBuilder) -> None:
    """`is_deepspeed_zero3_enabled()`."""
    stage = builder.settings.get("parallel.zero.stage")
    if stage is None:
        builder.derive("llamafactory.zero3", False, "framework")
    elif stage.known:
        builder.derive("llamafactory.zero3", stage.value == 3, "parallel.zero.stage")


def read_fsdp_seen(builder: RunBuilder) -> None:
    """`is_fsdp_enabled()` of transformers: ACCELERATE_USE_FSDP and FSDP_CPU_RAM_EFFICIENT_LOADING are both true.

    accelerate's launcher sets them.  So did the `fsdp` key up to transformers 4; from 5.0 on it no longer sets the first.
    """
    version = builder.settings.get("parallel.fsdp.version")
    if version is None:
        builder.derive("llamafactory.fsdp_seen", False, "framework")
        return
    loading = builder.settings.get("parallel.fsdp.cpu_ram_efficient_loading")
    launched = any(setting.framework == "accelerate" for setting in (version, *version.overrides))
    announced = True if launched else builder.versions.at_least("transformers", "5.0") is False
    unsure = not launched and builder.versions.at_least("transformers", "5.0") is None
    if not announced and not unsure:
        builder.derive("llamafactory.fsdp_seen", False, "parallel.fsdp.version")
    elif loading is not None and loading.known and not (unsure and loading.value):
        builder.derive(
            "llamafactory.fsdp_seen", bool(loading.value), "parallel.fsdp.cpu_ram_efficient_loading", "parallel.fsdp.version"
        )


def read_device_map(builder: RunBuilder) -> None:
    """Training loads on each process's own device, unless ZeRO-3 or FSDP are seen (model/patcher.py, patch_config)."""
    sharded = (builder.known("llamafactory.zero3"), builder.known("llamafactory.fsdp_seen"))
    if builder.known("purpose") == "train" and sharded == (False, False) and builder.known("llamafactory.low_cpu_mem_usage"):
        builder.put("model.device_map", "per-rank", key="model_name_or_path", framework=NAME, rank=Rank.FORCED)
