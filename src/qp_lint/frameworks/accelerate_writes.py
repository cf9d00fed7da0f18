"""How fixes write what an accelerate configuration, the flags of its launcher and its plugins say."""

from __future__ import annotations

from qp_lint.frameworks.base import REMOVE, Around, Entries
from qp_lint.tree import Plain

# Options of the launch configuration and of DeepSpeedPlugin that only stage 3 reads.
STAGE_3 = ("zero3_init_flag", "zero3_save_16bit_model", "offload_param_device", "offload_param_nvme_path")
# What FSDP2 does not read any more (accelerate 1.15.0 utils/dataclasses.py: it warns of each, and passes them over).
ONLY_FSDP1 = ("use_orig_params", "sync_module_states", "sharding_strategy", "backward_prefetch", "forward_prefetch")

DEEPSPEED = ("use_deepspeed", "deepspeed_", "zero_", "zero3_", "offload_")
SHARDING = ("use_fsdp", "fsdp_", *DEEPSPEED)


def write_stage(value: Plain, around: Around) -> Entries | None:
    """`zero_stage` of a launch configuration, the launcher or the plugin; None switches the launcher's DeepSpeed off."""
    if value is None and around and "use_deepspeed" in around[0]:
        return 0, dict.fromkeys((name for name in around[0] if name.startswith(DEEPSPEED)), REMOVE)
    if value is None or not around or "zero_stage" not in around[0]:
        return None
    only = [name for name in around[0] if name in STAGE_3] if value != 3 else []
    return 0, {"zero_stage": value, **dict.fromkeys(only, REMOVE)}


def write_strategy(value: Plain, around: Around) -> Entries | None:
    """DDP in place of a sharding: another `distributed_type`, or `--multi_gpu`, and no options of the sharding."""
    if value != "ddp":
        return None
    for depth, keys in enumerate(around):
        if "distributed_type" in keys:
            return depth, {"distributed_type": "MULTI_GPU", "fsdp_config": REMOVE, "deepspeed_config": REMOVE}
        if "use_fsdp" in keys or "use_deepspeed" in keys:
            options = [name for name in keys if name.startswith(SHARDING)]
            return depth, {"multi_gpu": True, **dict.fromkeys(options, REMOVE)}
    return None


def write_fsdp_version(value: Plain, around: Around) -> Entries | None:
    """`fsdp_version` beside the other options; for FSDP2 without those that it does not read."""
    if not around:
        return None
    key = next((name for name in ("fsdp_version", "version") if name in around[0]), None)
    if key is None and not any(name.startswith("fsdp_") for name in around[0]):
        return None
    only = [name for name in around[0] if name.removeprefix("fsdp_") in ONLY_FSDP1] if value == 2 else []
    return 0, {key or "fsdp_version": value, **dict.fromkeys(only, REMOVE)}


def write_precision(value: Plain, around: Around) -> Entries | None:
    """`mixed_precision`."""
    return (0, {"mixed_precision": value}) if around and "mixed_precision" in around[0] else None
