"""`trl sft --config recipe.yaml --load_in_4bit …`: TRL's own scripts, their recipe, and the launch options among their flags.

Facts: trl 0.12.2 to 1.9.0, `cli.py` (from 1.0 on `cli/`), `scripts/*.py`, `scripts/utils.py: TrlParser`, `accelerate_configs/`,
`trainer/base_config.py`.  Flags win over the recipe, a recipe over defaults; what the script does not know goes to
`accelerate launch`, where the release hands it on.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping as Table
from typing import Any

from qp_lint.frameworks.accelerate_config import merged, read_launch
from qp_lint.frameworks.base import ProgramReader
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.deepspeed_config import tree_of
from qp_lint.frameworks.environment import read_environment
from qp_lint.frameworks.models import read_dtype
from qp_lint.frameworks.overrides import from_flags, laid_over
from qp_lint.frameworks.training_arguments import read_training_arguments
from qp_lint.frameworks.trl_model import read_model_quantization, read_model_tuning
from qp_lint.frameworks.trl_options import read_options
from qp_lint.frameworks.values import Reader, dtype, flag, is_null, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, Scalar, string

COMMANDS = ("sft", "dpo", "grpo", "kto", "reward", "rloo")
# The release from which on a command's script quantizes the model as it is told; those of sft and dpo always did.
QUANTIZES = {"grpo": "0.26", "reward": "1.4", "rloo": "1.4", "kto": "1.8"}
LAUNCH_OPTIONS = frozenset(
    {
        *("config_file", "accelerate_config", "num_processes", "num_machines", "mixed_precision", "multi_gpu", "cpu"),
        *("use_deepspeed", "use_fsdp", "use_megatron_lm", "zero_stage", "zero3_init_flag", "zero3_save_16bit_model"),
        *("offload_optimizer_device", "offload_param_device", "deepspeed_config_file", "use_parallelism_config"),
    }
)
LAUNCH_PREFIXES = ("fsdp_", "parallelism_config_")
_SHARDED = {"cpu_ram_efficient_loading": True, "offload_params": False, "auto_wrap_policy": "TRANSFORMER_BASED_WRAP"}
_FSDP: dict[str, Any] = {
    "distributed_type": "FSDP",
    "fsdp_config": {f"fsdp_{name}": value for name, value in {**_SHARDED, "state_dict_type": "FULL_STATE_DICT"}.items()},
}


def _zero(stage: int) -> dict[str, Any]:
    return {"distributed_type": "DEEPSPEED", "deepspeed_config": {"zero_stage": stage, "zero3_init_flag": stage == 3}}


def _fsdp(version: int, **options: object) -> dict[str, Any]:
    added = {f"fsdp_{name}": value for name, value in {"version": version, **options}.items()}
    return {**_FSDP, "fsdp_config": {**_FSDP["fsdp_config"], **added}}


# The configurations that TRL ships; each has eight processes and bf16.
SHIPPED: Table[str, dict[str, Any]] = {
    "single_gpu": {"distributed_type": "NO"},
    "multi_gpu": {"distributed_type": "MULTI_GPU"},
    "zero1": _zero(1),
    "zero2": _zero(2),
    "zero3": _zero(3),
    "fsdp1": _fsdp(1, sync_module_states=True, use_orig_params=True, reshard_after_forward="FULL_SHARD"),
    "fsdp2": _fsdp(2, reshard_after_forward=True),
}


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`trl COMMAND …`: an empty list for commands that do not train."""
    command = string(words[0]) if words else None
    if command not in COMMANDS:
        return []
    tree, file = options(words[1:], builder)
    with builder.passing(*(() if file is None else (file.span, *file.via))):
        read_environment(builder)
        put(builder, "launch.launcher", "accelerate", words[0])
        read_launch_options(tree, command, builder)
        read_script(tree, words[0], command, builder, Rank.COMMAND if file is None else Rank.FILE)
    return None


def put(builder: RunBuilder, setting: str, value: str, word: Node) -> None:
    """Record what a word of the launch means."""
    builder.put(setting, value, key=f"trl {value}", framework="trl", rank=Rank.COMMAND, span=word.span)


def options(words: list[Node], builder: RunBuilder) -> tuple[Mapping, Node | None]:
    """The recipe with the flags over it, and the recipe's name; its `env` goes into the environment."""
    flags = from_flags(words)
    named = flags.entries.pop("config", None)
    place = words[0].span if words else None
    if named is None:
        return Mapping(flags.entries, flags.open, span=place), None
    found = builder.open_data(string(named.value) or "")
    recipe = found if isinstance(found, Mapping) else Mapping(open=True, span=named.value.span)
    env = recipe.get("env")
    if isinstance(env, Mapping):
        for name, entry in env.entries.items():
            value = entry.value
            builder.env[name] = Scalar(str(value.value), span=value.span) if isinstance(value, Scalar) else value
    laid = laid_over(recipe, flags, builder.covers)
    return Mapping(laid.entries, laid.open, span=recipe.span or place), named.value


def read_launch_options(tree: Mapping, command: str, builder: RunBuilder) -> None:
    """What the options of `accelerate launch` mean, where the release hands them on: for sft from 0.18, for all from 1.0 on."""
    launch = {
        name: entry
        for name, entry in tree.entries.items()
        if name in LAUNCH_OPTIONS or (name.startswith(LAUNCH_PREFIXES) and name != "fsdp_config")
    }
    for name, entry in launch.items():
        place = entry.value.span or entry.span
        builder.put("trl.launch_option", name, key=name, framework="trl", rank=Rank.COMMAND, span=place)
    if not builder.versions.at_least("trl", "0.18" if command == "sft" else "1.0"):
        return
    named = launch.get("accelerate_config") or launch.get("config_file")
    config = None if named is None else launch_config(named.value, builder)
    with builder.passing(*(() if named is None else (named.value.span, *named.value.via))):
        read_launch(merged(config, Mapping(launch, tree.open), builder), builder)


def launch_config(node: Node, builder: RunBuilder) -> Mapping:
    """The launch configuration that a file or one of TRL's own names stands for."""
    name = string(node) or ""
    found = builder.open_data(name)
    if found is None and name in SHIPPED:
        found = tree_of({"num_processes": 8, "num_machines": 1, "mixed_precision": "bf16", **SHIPPED[name]}, node)
    return found if isinstance(found, Mapping) else Mapping(open=True)


def read_script(tree: Mapping, word: Node, command: str, builder: RunBuilder, rank: Rank) -> None:
    """What one of TRL's scripts does with its options; `word` names the script."""
    reader = Reader(builder, tree, "trl", rank)
    builder.put("framework", "trl", key="trl", framework="trl", rank=Rank.FILE, span=word.span)
    builder.put("purpose", "train", key=f"trl {command}", framework="trl", rank=Rank.FILE, span=word.span)
    put(builder, "trl.command", command, word)
    put(builder, "train.stage", command, word)
    read_training_arguments(tree, builder, framework="trl", rank=rank, defaults=False)
    read_options(tree, builder, rank)
    precision(reader)
    name = reader.get("model_name_or_path")
    if name is not None:
        reader.say("model.load_api", "from_pretrained", "model_name_or_path", span=name.span)
        read_checkpoint(name, builder, framework="trl", rank=rank, key="model_name_or_path")
    if reader.has("dtype", "torch_dtype"):
        read_dtype(reader)
    elif builder.versions.at_least("trl", "0.27"):
        reader.put("dtype", "model.dtype", dtype, default="float32")
    read_script_quantization(reader, command)
    if read_model_tuning(tree, word, builder, rank, "use_peft"):
        reader.say("tuning.method", "full", "use_peft", rank=Rank.DEFAULT, span=word.span)


def read_script_quantization(reader: Reader, command: str) -> None:
    """The switches of bitsandbytes, where the script of the release looks at them.

    Up to 1.7 a quantized model gets a `device_map` that places it on the process's own device.
    """
    builder, versions = reader.builder, reader.builder.versions
    asked = next((name for name in ("load_in_4bit", "load_in_8bit") if flag(reader.get(name)) is True), None)
    if asked is not None:
        reader.say("trl.quantize", asked, asked, span=reader.tree.entries[asked].value.span)
    since = QUANTIZES.get(command)
    heard = versions.at_least("trl", since) if since else True
    if heard:
        read_model_quantization(reader.tree, builder, reader.rank)
        if builder.known("quantization.origin") == "on-load" and versions.at_least("trl", "1.8") is False:
            builder.derive("model.device_map", "per-rank", "quantization.bits")
    elif heard is None and asked is not None:
        reader.say("quantization.method", unclear(reader.tree.entries[asked].value), asked)


def precision(reader: Reader) -> None:
    """`bf16` is on unless `fp16` is, from 0.19 on, whatever the launch says."""
    given = [reader.get(name) for name in ("bf16", "fp16")]
    if reader.tree.open or not is_null(given[0]) or not (is_null(given[1]) or flag(given[1]) is False):
        return
    if reader.builder.versions.at_least("trl", "0.19"):
        reader.say("train.precision", "bf16", "bf16", span=reader.tree.span)


def run_script(words: list[Node], builder: RunBuilder, command: str, word: Node) -> None:
    """One of TRL's scripts started by another launcher: options of a launch among its own are passed over."""
    tree, file = options(words, builder)
    with builder.passing(*(() if file is None else (file.span, *file.via))):
        read_script(tree, word, command, builder, Rank.COMMAND if file is None else Rank.FILE)


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """`…/trl/scripts/sft.py` of an installed package; in TRL's own repository the script is read as any other."""
    folder, _, name = posixpath.normpath(script).rpartition("/")
    command = name.removesuffix(".py")
    if not f"/{folder}".endswith("/trl/scripts") or command not in COMMANDS or builder.locate(script) is not None:
        return False
    run_script(arguments, builder, command, arguments[0] if arguments else Scalar(script))
    return True


def module(command: str) -> ProgramReader:
    """The reader of `python -m trl.scripts.COMMAND`."""

    def read(words: list[Node], builder: RunBuilder) -> list[Node] | None:
        if not builder.is_set("launch.launcher"):
            put(builder, "launch.launcher", "python", words[0] if words else Scalar(command))
        run_script(words, builder, command, words[0] if words else Scalar(command))
        return None

    return read


def script_modules() -> dict[str, ProgramReader]:
    """TRL's scripts as modules."""
    return {f"trl.scripts.{command}": module(command) for command in COMMANDS}
