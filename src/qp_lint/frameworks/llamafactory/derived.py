"""What follows for a LLaMA-Factory run from everything read: the launch, the configuration, DeepSpeed's file."""

from __future__ import annotations

import dataclasses

from qp_lint.run import RunBuilder
from qp_lint.settings import Rank

NAME = "llamafactory"
LOADING = "parallel.fsdp.cpu_ram_efficient_loading"


def finish(builder: RunBuilder) -> None:
    """Derive LLaMA-Factory's own conditions of a training run."""
    if builder.known("framework") != NAME or builder.known("llamafactory.engine") == "v1":
        return
    read_zero3(builder)
    read_fsdp_seen(builder)
    read_device_map(builder)


def conclude(builder: RunBuilder, setting: str, key: str, value: bool, *sources: str) -> None:
    """Record a conclusion in the places of what it follows from; a true one is worth showing under the name `key`."""
    builder.derive(setting, value, *sources, rank=Rank.FILE if value else Rank.DEFAULT)
    builder.settings[setting] = dataclasses.replace(builder.settings[setting], key=key, framework=NAME)


def launch_is_known(builder: RunBuilder) -> bool:
    """Whether nothing but what was read can switch DeepSpeed or FSDP on.

    Without a launch, and under `accelerate launch` with a configuration that is not in reach, something else may.
    """
    paradigm = builder.settings.get("accelerate.distributed_type")
    return builder.is_set("launch.launcher") and (paradigm is None or paradigm.known)


def read_zero3(builder: RunBuilder) -> None:
    """`is_deepspeed_zero3_enabled()`."""
    stage = builder.settings.get("parallel.zero.stage")
    if stage is not None and stage.known:
        conclude(builder, "llamafactory.zero3", "ZeRO-3", stage.value == 3, "parallel.zero.stage")
    elif stage is None and launch_is_known(builder):
        conclude(builder, "llamafactory.zero3", "ZeRO-3", False)


def read_fsdp_seen(builder: RunBuilder) -> None:
    """`is_fsdp_enabled()` of transformers: ACCELERATE_USE_FSDP and FSDP_CPU_RAM_EFFICIENT_LOADING are both true.

    accelerate's launcher sets them.  So did the `fsdp` key up to transformers 4; from 5.0 on it no longer sets the first.
    """
    version = builder.settings.get("parallel.fsdp.version")
    if version is None:
        if launch_is_known(builder):
            conclude(builder, "llamafactory.fsdp_seen", "FSDP", False)
        return
    announced: bool | None = any(setting.framework == "accelerate" for setting in (version, *version.overrides)) or None
    if not announced and launch_is_known(builder):
        newer = builder.versions.at_least("transformers", "5.0")
        announced = None if newer is None else not newer
    loading = builder.settings.get(LOADING)
    if announced is False or (loading is not None and loading.known and not loading.value):
        conclude(builder, "llamafactory.fsdp_seen", "FSDP", False, LOADING, "parallel.fsdp.version")
    elif announced and loading is not None and loading.known:
        conclude(builder, "llamafactory.fsdp_seen", "FSDP", True, "parallel.fsdp.version")


def read_device_map(builder: RunBuilder) -> None:
    """Training loads on each process's own device, unless ZeRO-3 or FSDP are seen (model/patcher.py, patch_config)."""
    sharded = (builder.known("llamafactory.zero3"), builder.known("llamafactory.fsdp_seen"))
    if builder.known("purpose") == "train" and sharded == (False, False) and builder.known("llamafactory.low_cpu_mem_usage"):
        builder.put("model.device_map", "per-rank", key="model_name_or_path", framework=NAME, rank=Rank.FORCED)
