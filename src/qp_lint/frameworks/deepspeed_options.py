"""What a DeepSpeed configuration says beside the ZeRO stage: batch sizes, optimizer, precision, options of single stages."""

from __future__ import annotations

from qp_lint.frameworks.values import MISSING, Missing, Reader, boolean, flag, number, real, said
from qp_lint.tree import Plain, Scalar, string

# What transformers compares with its own arguments (integrations/deepspeed.py, trainer_config_process): where it stands.
NUMBERS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    ((), "train_batch_size", "deepspeed.train_batch_size"),
    ((), "train_micro_batch_size_per_gpu", "deepspeed.train_micro_batch_size_per_gpu"),
    ((), "gradient_accumulation_steps", "deepspeed.gradient_accumulation_steps"),
    ((), "gradient_clipping", "deepspeed.gradient_clipping"),
    (("optimizer", "params"), "lr", "deepspeed.optimizer.lr"),
    (("optimizer", "params"), "eps", "deepspeed.optimizer.eps"),
    (("optimizer", "params"), "weight_decay", "deepspeed.optimizer.weight_decay"),
    (("scheduler", "params"), "warmup_max_lr", "deepspeed.scheduler.warmup_max_lr"),
    (("scheduler", "params"), "warmup_num_steps", "deepspeed.scheduler.warmup_num_steps"),
    (("zero_optimization", "offload_optimizer"), "ratio", "deepspeed.offload_optimizer.ratio"),
)
SWITCHES: tuple[tuple[tuple[str, ...], str, str, Plain | Missing], ...] = (
    ((), "zero_allow_untested_optimizer", "deepspeed.zero_allow_untested_optimizer", False),
    ((), "zero_force_ds_cpu_optimizer", "deepspeed.zero_force_ds_cpu_optimizer", True),
    (("amp",), "enabled", "deepspeed.amp.enabled", MISSING),
    (("fp16",), "fp16_master_weights_and_grads", "deepspeed.fp16_master_weights_and_grads", MISSING),
    (("bf16",), "bf16_master_weights_and_grads", "deepspeed.bf16_master_weights_and_grads", MISSING),
    (("bf16",), "bf16_optimizer_states", "deepspeed.bf16_optimizer_states", MISSING),
)
MOQ = ("compression_training", "weight_quantization", "shared_parameters")
# Options that move or shrink parameters and that only the optimizer of stage 3 is given (runtime/engine.py).
STAGE_3 = (
    *("zero_quantized_weights", "zero_quantized_nontrainable_weights", "zero_quantized_gradients"),
    *("zero_hpz_partition_size", "mics_shard_size"),
)


def read_options(reader: Reader) -> None:
    """Record the options of a whole configuration."""
    for path, name, setting in NUMBERS:
        inside(reader, path).put(name, setting, real)
    for path, name, setting, default in SWITCHES:
        inside(reader, path).put(name, setting, boolean, default)
    reader.put("gradient_allreduce_op", "deepspeed.gradient_allreduce_op")
    reader.section("scheduler").put("type", "deepspeed.scheduler.type")
    moq = inside(reader, MOQ)
    if flag(moq.get("enabled")) and not flag(moq.get("quantize_weight_in_forward")):
        moq.say("deepspeed.moq", True, "weight_quantization", span=moq.tree.span)
    read_stage_3(reader.section("zero_optimization"))
    read_auto(reader)


def inside(reader: Reader, path: tuple[str, ...]) -> Reader:
    """The section at a path."""
    for name in path:
        reader = reader.section(name)
    return reader


def read_stage_3(zero: Reader) -> None:
    """Record the first option that asks for something of which stages below 3 know nothing."""
    for name in STAGE_3:
        node = zero.get(name)
        if isinstance(node, Scalar) and (node.value is True or (number(node) or 0) > 1):
            zero.say("deepspeed.stage3_option", said(node, name), name, span=zero.tree.entries[name].span or node.span)
            return


def read_auto(reader: Reader) -> None:
    """Record the first "auto" that DeepSpeed itself takes for a value: it only drops those of its pydantic sections."""
    tops = [name for path, name, _ in NUMBERS if not path]
    places = [(name, reader.get(name)) for name in tops]
    for section in ("optimizer", "scheduler"):
        params = inside(reader, (section, "params")).tree
        places += [(f"{section}.params.{name}", entry.value) for name, entry in params.entries.items()]
    for name, node in places:
        if string(node) == "auto" and isinstance(node, Scalar):
            reader.say("deepspeed.auto", said(node, name), name)
            return
