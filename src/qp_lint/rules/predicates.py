"""Conditions that need code: pure functions of a run, by the name that rules use."""

from __future__ import annotations

import math
from collections.abc import Callable

from qp_lint.rules.truth import Truth
from qp_lint.run import Run


def fsdp_words_clash(run: Run) -> Truth:
    """Whether `fsdp` names `offload` without a sharding strategy, or two of them (transformers before 5.10)."""
    value = run.value("transformers.fsdp")
    if not isinstance(value, str):
        return Truth.UNKNOWN
    words = set(value.split())
    alone = "offload" in words and not words - {"offload"}
    return Truth.TRUE if alone or {"full_shard", "shard_grad_op"} <= words else Truth.FALSE


def fsdp_version_undecided(run: Run) -> Truth:
    """Whether nothing but the release of transformers says which FSDP `fsdp` means, and both kinds are admitted."""
    version = run.settings.get("parallel.fsdp.version")
    both = version is not None and set(version.values) == {1, 2} and version.exact
    return Truth.TRUE if both and run.versions.at_least("transformers", "5.10") is None else Truth.FALSE


def _generations(run: Run) -> tuple[int | None, int | None, int | None]:
    """Axolotl's size of a group of GRPO, the generations of a step as it counts them, and the number of processes.

    From 0.21 on those of all processes count, before it those of one; `generation_batch_size` is a count of its own
    (utils/schemas/validation.py, check_grpo_batch_size_divisibility).
    """
    group, processes = run.value("axolotl.trl.num_generations"), run.value("parallel.world_size")
    world = 1 if run.value("parallel.processes") == "one" else processes if isinstance(processes, int) else None
    if "axolotl.trl.generation_batch_size" in run.settings:
        numbers = [run.value("axolotl.trl.generation_batch_size")]
    else:
        sizes = ("axolotl.micro_batch_size", "axolotl.gradient_accumulation_steps")
        numbers = [run.value(name) if name in run.settings else 1 for name in sizes]
        newer = run.versions.at_least("axolotl", "0.21")
        numbers += [None] if newer is None and world != 1 else [world] if newer else []
    known = [number for number in numbers if isinstance(number, int)]
    return group if isinstance(group, int) else None, math.prod(known) if len(known) == len(numbers) else None, world


def grpo_batch_uneven(run: Run) -> Truth:
    """Whether Axolotl's generations of a step do not divide into groups."""
    group, whole, _ = _generations(run)
    if group is None or whole is None or group < 2:
        return Truth.UNKNOWN
    return Truth.TRUE if whole % group else Truth.FALSE


def grpo_batch_small(run: Run) -> Truth:
    """Whether Axolotl's generations of a step are fewer than a group for each of several processes."""
    group, whole, world = _generations(run)
    if group is None or whole is None or world is None:
        return Truth.UNKNOWN
    return Truth.TRUE if world > 1 and whole < group * world else Truth.FALSE


def batch_product_differs(run: Run, total: str, *factors: str) -> Truth:
    """Whether a total batch size is not the product of its factors and the number of data-parallel processes."""
    if any(run.settings.get(f"parallel.{kind}.size") for kind in ("tp", "pp", "cp")) or "accelerate.sp_size" in run.settings:
        return Truth.UNKNOWN
    numbers = [run.value(name) for name in (total, *factors, "parallel.world_size")]
    if numbers[-1] is None:
        numbers[-1] = run.value("launch.processes")
    whole, *rest = [number if isinstance(number, int) and not isinstance(number, bool) else None for number in numbers]
    known = [number for number in rest if number is not None]
    if whole is None or len(known) != len(rest):
        return Truth.UNKNOWN
    return Truth.FALSE if whole == math.prod(known) else Truth.TRUE


def deepspeed_batch_sizes(run: Run) -> Truth:
    """Whether DeepSpeed's three batch sizes contradict each other (runtime/config.py, `_batch_assertion`)."""
    parts = ("deepspeed.train_micro_batch_size_per_gpu", "deepspeed.gradient_accumulation_steps")
    return batch_product_differs(run, "deepspeed.train_batch_size", *parts)


def trainer_batch_size(run: Run) -> Truth:
    """Whether DeepSpeed's train_batch_size is not what the training arguments make it (integrations/deepspeed.py)."""
    parts = ("transformers.per_device_train_batch_size", "transformers.gradient_accumulation_steps")
    return batch_product_differs(run, "deepspeed.train_batch_size", *parts)


def megatron_bridge_sizes(run: Run) -> Truth:
    """Whether Megatron Bridge's parallel sizes do not divide the processes (`_validate_megatron_bridge_parallel_args`)."""
    kinds = ("tensor_model", "pipeline_model", "context", "expert_model")
    names = [name for kind in kinds if (name := f"llamafactory.{kind}_parallel_size") in run.settings]
    sizes = [run.value(name) for name in names]
    processes = run.value("parallel.world_size") or run.value("launch.processes")
    known = [size for size in sizes if isinstance(size, int) and size > 0]
    if len(known) != len(sizes) or not isinstance(processes, int):
        return Truth.UNKNOWN
    return Truth.TRUE if processes % math.prod(known) else Truth.FALSE


PREDICATES: dict[str, Callable[[Run], Truth]] = {
    "deepspeed_batch_sizes": deepspeed_batch_sizes,
    "fsdp_version_undecided": fsdp_version_undecided,
    "fsdp_words_clash": fsdp_words_clash,
    "grpo_batch_small": grpo_batch_small,
    "grpo_batch_uneven": grpo_batch_uneven,
    "megatron_bridge_sizes": megatron_bridge_sizes,
    "trainer_batch_size": trainer_batch_size,
}
