"""accelerate in a script: `Accelerator`, its plugins, `prepare`."""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument
from qp_lint.frameworks.fsdp_options import read_fsdp
from qp_lint.frameworks.optimizers import read_optimizer
from qp_lint.frameworks.parallelism import read_parallelism
from qp_lint.frameworks.values import Reader, boolean, dtype, fields, integer, is_null, lower, one, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Mapping, Node, Scalar, Sequence, string

ACCELERATOR = ("device_placement", "split_batches", "mixed_precision")
OPTIMIZERS = ("Adam", "AdamW", "SGD", "Adafactor", "Lion", "Adagrad", "RMSprop", "8bit", "32bit")
FP8_RECIPES = {"AORecipeKwargs": "TORCHAO", "TERecipeKwargs": "TE", "MSAMPRecipeKwargs": "MSAMP"}
FSDP_PLUGIN = ("fsdp_version", "sharding_strategy", "reshard_after_forward")
# The plugin reads FSDP_* variables for what is left out; these hold when there are none (utils/dataclasses.py).
FSDP_DEFAULTS = {"cpu_ram_efficient_loading": False, "sync_module_states": False, "use_orig_params": False, "cpu_offload": False}


def read_accelerator(call: Call, builder: RunBuilder) -> None:
    """`Accelerator(mixed_precision=…, deepspeed_plugin=…, fsdp_plugin=…)`: what is left out comes from the launch."""
    reader = Reader(builder, fields(call, *ACCELERATOR), "accelerate", Rank.CODE)
    if not is_null(reader.get("mixed_precision")):
        reader.put("mixed_precision", "train.precision", lower)
        reader.put("mixed_precision", "accelerate.mixed_precision", lower)
    for name, setting in (("deepspeed_plugin", "parallel.zero.stage"), ("fsdp_plugin", "parallel.fsdp.version")):
        node = reader.get(name)
        if isinstance(node, Call):
            registry.read(node, builder)
        elif not is_null(node) and node is not None:
            reader.say(setting, unclear(node), name, rank=Rank.DEFAULT)
    plugins = reader.get("deepspeed_plugins")
    if not is_null(plugins) and plugins is not None:  # several plugins by name: which one counts is the program's choice
        reader.say("parallel.zero.stage", unclear(plugins), "deepspeed_plugins", rank=Rank.DEFAULT)
    read_handlers(reader)
    parallelism = reader.get("parallelism_config")
    if parallelism is not None:
        read_parallelism(parallelism, builder, framework="accelerate", rank=Rank.CODE)


def read_handlers(reader: Reader) -> None:
    """`kwargs_handlers=[AORecipeKwargs()]`: which library trains in fp8."""
    handlers = reader.get("kwargs_handlers")
    for item in handlers.items if isinstance(handlers, Sequence) else ():
        node = one(item, reader.builder)
        name = node.function.rpartition(".")[2] if isinstance(node, Call) else ""
        if name in FP8_RECIPES:
            reader.say("accelerate.fp8_backend", FP8_RECIPES[name], name, span=node.span if node is not None else None)
            reader.say("accelerate.fp8_recipe", True, name, span=node.span if node is not None else None)


def read_notebook_launcher(call: Call, builder: RunBuilder) -> None:
    """`notebook_launcher(function, args, num_processes, mixed_precision)` (accelerate/launchers.py): forks the processes.

    Precision goes to them in ACCELERATE_MIXED_PRECISION.  On GPUs the number has to be given.
    """
    tree = fields(
        call, "function", "args", "num_processes", "mixed_precision", "use_port", "master_addr", "node_rank", "num_nodes"
    )
    reader = Reader(builder, tree, "accelerate", Rank.CODE, Rank.FILE)
    builder.put(
        "launch.launcher", "notebook", key="notebook_launcher", framework="accelerate", rank=Rank.CODE, span=call.name_span
    )
    if is_null(reader.get("num_processes")):
        reader.say("launch.processes", unclear(call), "notebook_launcher")
    else:
        reader.put("num_processes", "launch.processes", integer)
    if reader.has("mixed_precision"):
        reader.say("train.precision", lower(tree.entries["mixed_precision"].value), "mixed_precision", rank=Rank.FILE)


def read_deepspeed_plugin(call: Call, builder: RunBuilder) -> None:
    """`DeepSpeedPlugin(hf_ds_config=…, zero_stage=…)`; the configuration file wins over the other arguments."""
    reader = Reader(builder, fields(call, "hf_ds_config"), "accelerate", Rank.CODE)
    config = reader.get("hf_ds_config")
    if isinstance(config, Call) and config.function.endswith("HfDeepSpeedConfig"):
        config = one(config.argument("config_file_or_dict", 0), builder)
    if config is not None and not is_null(config) and string(config) != "none":
        read_deepspeed_argument(config, builder, framework="accelerate", key="hf_ds_config")
    else:
        launched = builder.is_set("parallel.zero.stage")
        rows = (
            ("zero_stage", "parallel.zero.stage", integer, 2),
            ("offload_param_device", "parallel.zero.offload_param", lower, "none"),
            ("offload_optimizer_device", "parallel.zero.offload_optimizer", lower, "none"),
        )
        for name, setting, convert, default in rows:
            if reader.has(name) or not launched:
                reader.put(name, setting, convert, default=default)
    if reader.has("zero3_init_flag"):
        reader.put("zero3_init_flag", "parallel.zero.init", boolean)


def read_fsdp_plugin(call: Call, builder: RunBuilder) -> None:
    """`FullyShardedDataParallelPlugin(…)`: what is left out comes from the launch's variables."""
    tree = fields(call, *FSDP_PLUGIN)
    reader = Reader(builder, tree, "accelerate", Rank.CODE)
    launched = builder.settings.get("parallel.fsdp.version")
    version = 1 if launched is None else launched.value
    read_fsdp(reader, defaults={} if launched else FSDP_DEFAULTS, version=version)
    if not is_null(reader.get("forward_prefetch")):
        reader.put("forward_prefetch", "accelerate.forward_prefetch", boolean)
    reshard = reader.get("reshard_after_forward")
    if isinstance(reshard, Scalar) and isinstance(reshard.value, bool):
        reader.say("accelerate.reshard_after_forward", reshard, "reshard_after_forward")
    policy = reader.get("mixed_precision_policy")
    if policy is not None and not is_null(policy):
        reader.say("parallel.fsdp.mixed_precision", policy_dtype(policy, builder), "mixed_precision_policy")


def policy_dtype(node: Node, builder: RunBuilder) -> Node:
    """The dtype of parameters in a mixed precision policy: torch's classes, a dict, or one dtype for all."""
    if isinstance(node, Call):
        inner = node.argument("param_dtype", 0)
    elif isinstance(node, Mapping):
        inner = node.get("param_dtype")
    else:
        return dtype(node)
    found = one(inner, builder)
    return unclear(node) if found is None else dtype(found)


def read_prepare(call: Call, builder: RunBuilder) -> None:
    """`accelerator.prepare(model, optimizer, …)`: a hand-written training loop, if an optimizer is prepared."""
    registry.read(call.receiver, builder)
    builder.put("train.trainer", "loop", key="prepare", framework="accelerate", rank=Rank.CODE, span=call.name_span)
    for argument in call.args:
        node = one(argument, builder)
        if isinstance(node, Call) and registry.reader_of(node.function) is not None:
            registry.read(node, builder)
        read_optimizer(node, builder, framework="accelerate")
    read_prepared(call, builder)


def read_prepared(call: Call, builder: RunBuilder) -> None:
    """What one `prepare` gets: several models, or one thing without the other, unless something of it cannot be told."""
    kinds = [prepared_kind(one(argument, builder)) for argument in call.args]
    if call.function != ".prepare":
        return
    if "optimizer" in kinds:
        say(builder, "prepared_optimizer", True, call)
    if call.open or None in kinds:
        return
    models, optimizers = kinds.count("model"), kinds.count("optimizer")
    if bool(models) != bool(optimizers) and not builder.is_set("accelerate.prepared_alone"):
        say(builder, "prepared_alone", "model" if models else "optimizer", call)
    if models > 1:
        say(builder, "prepared_models", models, call)
    if models and "loader" not in kinds:
        say(builder, "prepared_without_loader", True, call)


def prepared_kind(node: Node | None) -> str | None:
    """Whether an argument of `prepare` is a model, an optimizer, a loader or something else; None when it cannot be told."""
    if not isinstance(node, Call):
        return "other" if isinstance(node, Scalar) else None
    name = node.function.rpartition(".")[2]
    if registry.is_load(node.function) or name in ("get_peft_model", "from_config"):
        return "model"
    if name.endswith(OPTIMIZERS):
        return "optimizer"
    if name.endswith("DataLoader"):
        return "loader"
    return "other" if name.endswith(("Scheduler", "LR")) or "schedule" in name else None


def read_called(call: Call, builder: RunBuilder) -> None:
    """`accelerator.clip_grad_value_(…)` and `accelerator.get_state_dict(…)`."""
    if isinstance(call.receiver, Call) and call.receiver.function.endswith("Accelerator"):
        say(builder, call.function.strip("._"), True, call)


def say(builder: RunBuilder, key: str, value: str | int | bool, call: Call) -> None:
    """Record what a method call of an accelerator says."""
    name = call.function.lstrip(".")
    builder.put(f"accelerate.{key}", value, key=name, framework="accelerate", rank=Rank.CODE, span=call.name_span or call.span)
