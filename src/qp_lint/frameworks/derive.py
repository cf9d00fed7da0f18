"""What follows from everything that was read, for every run; what is not certain stays unset."""

from __future__ import annotations

from qp_lint.frameworks.values import is_null, one
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank, Setting
from qp_lint.tree import Call, Mapping, Node, Sequence, leaves

GROUP_LAUNCHERS = ("torchrun", "accelerate", "deepspeed")
ADAPTER_WORDS = ("peft", "lora", "adapter")
PREPARING = ("prepare_model_for_kbit_training", "prepare_model_for_int8_training")


def derive(builder: RunBuilder) -> None:
    """Derive the strategy, whether there are several processes, the wrapper's dtype and full fine-tuning."""
    strategy(builder)
    distributed(builder)
    compute_dtype(builder)
    full_tuning(builder)


def active(builder: RunBuilder, name: str) -> Setting | None:
    """A setting that is set and may be something."""
    setting = builder.settings.get(name)
    return setting if setting is not None and any(value is not None for value in setting.values) else None


def strategy(builder: RunBuilder) -> None:
    """parallel.strategy."""
    if builder.is_set("parallel.strategy"):
        return
    for source, prefix in (("parallel.zero.stage", "zero"), ("parallel.fsdp.version", "fsdp")):
        setting = active(builder, source)
        if setting is not None:
            values = tuple(f"{prefix}{value}" for value in setting.values if value is not None)
            exact = setting.exact and None not in setting.values
            builder.settings["parallel.strategy"] = Setting(
                "parallel.strategy", values, exact, setting.spans, setting.framework, setting.key, Rank.DEFAULT
            )
            return
    unknown = any(name in builder.settings for name in ("parallel.zero.stage", "parallel.fsdp.version"))
    tp, processes = builder.known("parallel.tp.size"), processes_of(builder)
    if isinstance(tp, int) and tp > 1:
        builder.derive("parallel.strategy", "tp", "parallel.tp.size")
    elif processes is not None and not unknown:
        if processes > 1:
            builder.derive("parallel.strategy", "ddp", "parallel.world_size", "launch.processes", "launch.launcher")
        elif builder.known("model.device_map") in ("auto", "balanced", "balanced_low_0", "sequential"):
            builder.derive("parallel.strategy", "naive-mp", "model.device_map")
        else:
            builder.derive("parallel.strategy", "single", "launch.processes", "launch.launcher")


def processes_of(builder: RunBuilder) -> int | None:
    """How many processes the run has, when the launch says it; plain python and a notebook are one."""
    for name in ("parallel.world_size", "launch.processes"):
        value = builder.known(name)
        if isinstance(value, int):
            return value
    named = "WORLD_SIZE" in builder.env  # a process of a group that something else starts
    launcher = builder.known("launch.launcher")
    if launcher in ("python", "notebook") and not builder.is_set("launch.processes") and not named:
        return 1
    return None


def distributed(builder: RunBuilder) -> None:
    """parallel.processes and parallel.distributed."""
    count = processes_of(builder)
    sharded = builder.known("parallel.strategy") in ("zero1", "zero2", "zero3", "fsdp1", "fsdp2", "ddp")
    launcher = builder.known("launch.launcher")
    if count is not None:
        builder.derive("parallel.processes", "one" if count == 1 else "several", "parallel.world_size", "launch.processes")
    elif sharded and launcher in (*GROUP_LAUNCHERS, None):
        builder.derive("parallel.processes", "several", "parallel.strategy")
    if builder.is_set("parallel.distributed"):
        return
    if launcher in ("torchrun", "deepspeed"):  # they make a process group of one as well
        builder.derive("parallel.distributed", True, "launch.launcher")
    elif builder.known("parallel.processes") == "several":
        builder.derive("parallel.distributed", True, "parallel.processes")
    elif count == 1 and not sharded:
        builder.derive("parallel.distributed", False, "launch.processes", "launch.launcher")


def compute_dtype(builder: RunBuilder) -> None:
    """parallel.compute_dtype: what DeepSpeed's bf16/fp16 or FSDP's mixed precision casts floating parameters to."""
    if builder.is_set("parallel.compute_dtype"):
        return
    chosen = builder.known("parallel.strategy")
    names = {"bf16": "bfloat16", "fp16": "float16", "no": "float32"}
    precision = builder.known("train.precision")
    if isinstance(chosen, str) and chosen.startswith("zero"):
        for key, dtype in (("bf16", "bfloat16"), ("fp16", "float16")):
            enabled = builder.known(f"deepspeed.{key}.enabled")
            # where a configuration has no such section, accelerate adds it (DeepSpeedPlugin.set_mixed_precision)
            added = f"deepspeed.{key}.enabled" not in builder.settings and builder.known("framework") != "deepspeed"
            if enabled is True or ((enabled == "auto" or added) and precision == key):
                source = f"deepspeed.{key}.enabled" if enabled is True else "train.precision"
                builder.derive("parallel.compute_dtype", dtype, source)
                return
    if chosen in ("fsdp1", "fsdp2"):
        mixed = builder.known("parallel.fsdp.mixed_precision")
        if isinstance(mixed, str):
            builder.derive("parallel.compute_dtype", mixed, "parallel.fsdp.mixed_precision")
        elif precision in ("bf16", "fp16"):
            builder.derive("parallel.compute_dtype", names[str(precision)], "train.precision")


def full_tuning(builder: RunBuilder) -> None:
    """tuning.method is full when a library's trainer gets a loaded model that nothing can have given an adapter."""
    if builder.is_set("tuning.method") or builder.known("purpose") != "train" or not builder.is_set("model.load_api"):
        return
    if builder.known("framework") not in ("transformers", "trl") or "tuning.method" in builder.settings:
        return
    if not any(mentions_adapter(call) and not on_another(call, builder) for call in builder.calls):
        builder.derive("tuning.method", "full", "train.trainer", "model.name")


def mentions_adapter(call: Call) -> bool:
    """Whether a call may give a model an adapter: by its name, by what it gets, or as a trainer with `**kwargs`.

    That an adapter is described (`LoraConfig`), prepared for or asked for (`is_peft_model`) does not attach it.
    """
    name = call.function.rpartition(".")[2]
    if any(is_adapter(node) for node in (*call.args, *(entry.value for entry in call.keywords.values()))):
        return True
    if any("peft" in key and not is_null(entry.value) for key, entry in call.keywords.items()):
        return True
    asks = name.startswith("is_") or name.endswith("state_dict")
    plain = asks or name in PREPARING or (call.function.startswith("peft.") and name.endswith("Config"))
    if not plain and any(word in call.function.lower() for word in ADAPTER_WORDS):
        return True
    return call.open and call.function.endswith("Trainer")


def on_another(call: Call, builder: RunBuilder) -> bool:
    """Whether a call surely gives its adapter to another model than the one that is trained."""
    if not call.function.startswith("peft."):
        return False
    known = {model.order for model in builder.models}
    inner = one(call.argument("model", 0), builder)
    model = inner
    while isinstance(model, Call):  # through what prepares it
        if model.order in known:
            return False
        model = one(model.argument("model", 0), builder)
    return isinstance(inner, Call)


def is_adapter(node: Node) -> bool:
    """Whether a value is, may be or holds the description of an adapter."""
    for option in leaves(node):
        if isinstance(option, Call):
            function = option.function.lower()
            found = function.endswith("config") and any(word in function for word in ADAPTER_WORDS)
        elif isinstance(option, Mapping):
            found = any(is_adapter(entry.value) for entry in option.entries.values())
        else:
            found = isinstance(option, Sequence) and any(is_adapter(item) for item in option.items)
        if found:
            return True
    return False
