"""accelerate's launch configuration: the YAML file, the launcher's flags over it, and what both mean together.

Both are brought into one flat mapping, as `accelerate launch` does (commands/launch.py, `_validate_launch_command`): the
entries of `fsdp_config`, `deepspeed_config` and `parallelism_config` become options, and a flag wins over an entry.
"""

from __future__ import annotations

from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument
from qp_lint.frameworks.fsdp_options import read_fsdp
from qp_lint.frameworks.overrides import laid_over
from qp_lint.frameworks.parallelism import read_parallelism
from qp_lint.frameworks.values import Reader, boolean, each, flag, integer, is_null, lower, number, one, said, unclear, upper
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.text import Span
from qp_lint.tree import Entry, Mapping, Node, Plain, Scalar, string

NESTED = {"fsdp_config": "fsdp", "deepspeed_config": "", "parallelism_config": "parallelism_config", "fp8_config": "fp8"}
PARADIGMS = {
    "use_deepspeed": "DEEPSPEED",
    "use_fsdp": "FSDP",
    "multi_gpu": "MULTI_GPU",
    "use_megatron_lm": "MEGATRON_LM",
    "tpu": "XLA",
    "cpu": "NO",
}
# Defaults of the launcher's flags, which it passes on as environment variables.
FSDP_DEFAULTS: dict[str, Plain] = {
    "cpu_ram_efficient_loading": True,
    "sync_module_states": True,
    "use_orig_params": True,
    "offload_params": False,
    "activation_checkpointing": False,
    "auto_wrap_policy": "NO_WRAP",
}


# What accelerate leaves to the file that `deepspeed_config_file` names.
BESIDE_FILE = (
    *("zero_stage", "gradient_accumulation_steps", "gradient_clipping", "offload_optimizer_device", "offload_param_device"),
    *("offload_param_nvme_path", "offload_optimizer_nvme_path", "zero3_save_16bit_model"),
)


def is_config(tree: Mapping) -> bool:
    """Whether a YAML file is a launch configuration of accelerate."""
    return "distributed_type" in tree.entries and any(
        name in tree.entries for name in ("compute_environment", "num_processes", "mixed_precision", "machine_rank")
    )


def flat(config: Mapping, builder: RunBuilder) -> Mapping:
    """A configuration file as the launcher's options."""
    entries: dict[str, Entry] = {}
    for name, entry in config.entries.items():
        inner = one(entry.value, builder)
        if name in NESTED and isinstance(inner, Mapping):
            prefix = NESTED[name]
            for key, value in inner.entries.items():
                entries[key if not prefix or key.startswith(prefix) else f"{prefix}_{key}"] = value
        else:
            entries[name] = entry
    return Mapping(entries, config.open, span=config.span, via=config.via)


def merged(config: Mapping | None, flags: Mapping, builder: RunBuilder) -> Mapping:
    """A configuration with the launch flags over it; flags that choose a paradigm replace its `distributed_type`."""
    options = Mapping(flat(config, builder).entries if config is not None else {})
    for name, kind in PARADIGMS.items():
        node = flags.get(name)
        if node is not None and flag(node):
            chosen = Scalar(kind, span=node.span, via=node.via)
            options = laid_over(options, Mapping({"distributed_type": Entry(chosen, flags.entries[name].span)}), builder.covers)
    options = laid_over(options, flags, builder.covers)
    unknown = flags.open or (config is not None and config.open)
    return Mapping(options.entries, unknown, span=config.span if config is not None else None)


def read_launch(options: Mapping, builder: RunBuilder) -> None:
    """Record what a launch with these options means for the processes it starts.

    accelerate hands them down as environment variables, which arguments of the script override: everything counts as a
    configuration file does.
    """
    reader = Reader(builder, options, "accelerate", Rank.FILE)
    distributed = reader.get("distributed_type")
    if distributed is None:
        reader.unsure("accelerate.distributed_type", "distributed_type")
        if options.open:  # a file that is not in reach may ask for anything
            reader.unsure("parallel.zero.stage", "distributed_type")
    else:
        reader.say("accelerate.distributed_type", upper(kind(distributed)), "distributed_type")
    read_processes(reader)
    if reader.has("mixed_precision"):
        reader.put("mixed_precision", "train.precision", precision)
        reader.put("mixed_precision", "accelerate.mixed_precision", precision)
    reader.put("fp8_backend", "accelerate.fp8_backend", upper)
    name = string(upper(kind(distributed))) if distributed is not None else None
    place = distributed.span if distributed is not None else None
    if name == "FSDP":
        read_fsdp(Reader(builder, options, "accelerate", Rank.FILE, Rank.FILE, place), defaults=FSDP_DEFAULTS, version=1)
    elif name == "DEEPSPEED":
        read_deepspeed_options(Reader(builder, options, "accelerate", Rank.FILE, Rank.FILE, place), place)
    if flag(reader.get("use_parallelism_config")) is not False:
        read_parallelism(options, builder, framework="accelerate", rank=Rank.FILE)


def read_beside_file(config: Mapping, builder: RunBuilder) -> None:
    """Record the first entry of a configuration file that accelerate refuses beside a DeepSpeed configuration of its own.

    Flags do not count (commands/launch.py `launch_command`, utils/dataclasses.py `DeepSpeedPlugin._deepspeed_config_checks`).
    """
    if builder.known("accelerate.distributed_type") != "DEEPSPEED":
        return
    reader = Reader(builder, config, "accelerate", Rank.FILE)
    section = reader.section("deepspeed_config")
    found = next((name for name in BESIDE_FILE if section.has(name)), None)
    if found is not None:
        section.say("accelerate.deepspeed_field", found, found, span=section.tree.entries[found].span)
    elif not is_null(reader.get("mixed_precision")):
        reader.say(
            "accelerate.deepspeed_field", "mixed_precision", "mixed_precision", span=config.entries["mixed_precision"].span
        )


def kind(node: Node) -> Node:
    """A `distributed_type`; YAML's bare `no` is false."""
    return each(node, lambda option: said(option, "NO") if isinstance(option, Scalar) and option.value is False else option)


def precision(node: Node) -> Node:
    """A `mixed_precision`; YAML's bare `no` is false, null is `no`."""

    def convert(option: Node) -> Node:
        if isinstance(option, Scalar) and option.value in (False, None):
            return said(option, "no")
        return lower(option)

    return each(node, convert)


def read_processes(reader: Reader) -> None:
    """`num_processes` counts all machines."""
    total = reader.get("num_processes")
    if total is None:
        return
    reader.put("num_processes", "parallel.world_size", integer)
    machines, processes = reader.get("num_machines"), number(total)
    if machines is None or number(machines) == 1:
        reader.put("num_processes", "launch.processes", integer)
    elif processes is not None and (count := number(machines)):
        reader.say("launch.processes", said(total, processes // count), "num_processes")


def read_deepspeed_options(reader: Reader, place: Span | None) -> None:
    """ZeRO by `deepspeed_config_file`, else by the options beside it (DeepSpeedPlugin.__post_init__)."""
    file = reader.get("deepspeed_config_file")
    reader.put("zero3_init_flag", "parallel.zero.init", boolean)
    if string(file) not in (None, "none"):
        reader.put("deepspeed_config_file", "accelerate.deepspeed_config_file")
        read_deepspeed_argument(file, reader.builder, framework="accelerate", key="deepspeed_config_file", rank=reader.rank)
    elif file is not None and not is_null(file) and string(file) is None:
        reader.say("parallel.zero.stage", unclear(file), "deepspeed_config_file")
    else:
        reader.put("zero_stage", "parallel.zero.stage", integer, default=2)
        reader.put("offload_param_device", "parallel.zero.offload_param", lower, default="none")
        reader.put("offload_optimizer_device", "parallel.zero.offload_optimizer", lower, default="none")
        reader.put("zero3_save_16bit_model", "parallel.zero.save_16bit", boolean, default=False)
    if not reader.has("zero3_init_flag") and reader.builder.known("parallel.zero.stage") == 3:
        reader.say("parallel.zero.init", True, "zero3_init_flag", rank=Rank.DEFAULT, span=place)


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """A configuration file that no launch names: what it says by itself."""
    builder.default("framework", "accelerate", framework="accelerate", span=tree.span)
    read_launch(flat(tree, builder), builder)
    read_beside_file(tree, builder)
