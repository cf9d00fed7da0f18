"""LLaMA-Factory's command line, and its scripts under other launchers."""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.environment import read_environment
from qp_lint.frameworks.llamafactory.config import NAME, STAGES, read_options
from qp_lint.frameworks.llamafactory.v1 import COMMANDS as V1_COMMANDS
from qp_lint.frameworks.llamafactory.v1 import is_v1, read_v1
from qp_lint.frameworks.llamafactory.values import enabled
from qp_lint.frameworks.overrides import from_flags, interpolated, overridden
from qp_lint.frameworks.run_files import folder_of
from qp_lint.frameworks.values import number, one
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Entry, Mapping, Node, Scalar, string

# What the commands of llamafactory-cli do; webui, env, version and help start no run.
COMMANDS = {"train": "train", "chat": "infer", "api": "infer", "webchat": "infer", "export": "export", "eval": "eval"}
# Its scripts, by the end of their path: the first two are the same run (src/train.py only calls run_exp).
SCRIPTS = {
    "src/train.py": "train",
    "src/llamafactory/launcher.py": "train",
    "llamafactory/launcher.py": "train",
    "src/train_bash.py": "train",
    "src/api.py": "infer",
    "src/export_model.py": "export",
    "src/cli_demo.py": "infer",
}
FILES = (".yaml", ".yml", ".json")


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`llamafactory-cli COMMAND [FILE [key=value …] | --key value …]`; an empty list when it starts no run."""
    if not words:
        return []
    name = string(words[0]) or ""
    engine = enabled(builder, "USE_V1")
    if engine:
        if name not in V1_COMMANDS:
            return []
        read_cli_launch(words[0], builder)
        read_arguments(words[1:], builder, command="train")
        return None
    command = COMMANDS.get(name)
    if command is None or engine is None:
        return []
    if command == "train":
        read_cli_launch(words[0], builder)
    else:
        put(builder, "launch.launcher", "python", "launcher", words[0])
        put(builder, "parallel.distributed", False, "distributed", words[0])
    read_arguments(words[1:], builder, command=command)
    return None


def put(builder: RunBuilder, setting: str, value: str | int | bool, key: str, word: Node, *, rank: Rank = Rank.COMMAND) -> None:
    """Record what a word of the launch means."""
    builder.put(setting, value, key=key, framework=NAME, rank=rank, span=word.span)


def imply(builder: RunBuilder, source: str, *, distributed: bool) -> None:
    """Record what another setting of the launch says of the number of processes."""
    place = next(iter(builder.spans_of(source)), None)
    builder.put("parallel.distributed", distributed, key="distributed", framework=NAME, rank=Rank.ENVIRONMENT, span=place)


def read_cli_launch(word: Node, builder: RunBuilder) -> None:
    """Whether `llamafactory-cli train` starts torchrun: when it is forced to, or sees more than one device (cli.py)."""
    if builder.known("launch.launcher") in ("torchrun", "accelerate", "deepspeed"):  # `torchrun -m llamafactory.cli`
        return
    read_environment(builder)
    forced = [name for name in ("FORCE_TORCHRUN", "USE_MCA", "USE_MEGATRON_BRIDGE") if enabled(builder, name)]
    unsure = any(enabled(builder, name) is None for name in ("FORCE_TORCHRUN", "USE_MCA", "USE_MEGATRON_BRIDGE"))
    devices = visible_devices(builder)
    if forced:
        put(builder, "launch.launcher", "torchrun", "launcher", builder.env[forced[0]], rank=Rank.ENVIRONMENT)
        put(builder, "parallel.distributed", True, "distributed", builder.env[forced[0]], rank=Rank.ENVIRONMENT)
        read_processes(devices, builder)
        return
    put(builder, "launch.launcher", "llamafactory-cli", "launcher", word)
    if unsure or enabled(builder, "USE_KT") is not False:
        return
    if enabled(builder, "USE_RAY") is not False:
        put(builder, "launch.launcher", "ray", "launcher", builder.env["USE_RAY"])
    elif devices is not None:
        imply(builder, "launch.visible_devices", distributed=devices > 1)
        if devices > 1:
            read_processes(devices, builder)


def visible_devices(builder: RunBuilder) -> int | None:
    """How many devices the launch makes visible; None when it does not say."""
    node = builder.env.get("ASCEND_RT_VISIBLE_DEVICES")
    listed = string(builder.pick(node)) if node is not None else None
    if node is not None and listed is not None and not builder.is_set("launch.visible_devices"):
        count = len([part for part in listed.split(",") if part.strip()])
        put(builder, "launch.visible_devices", count, "ASCEND_RT_VISIBLE_DEVICES", node, rank=Rank.ENVIRONMENT)
    found = builder.known("launch.visible_devices")
    return found if isinstance(found, int) else None


def read_processes(devices: int | None, builder: RunBuilder) -> None:
    """NPROC_PER_NODE processes on each of NNODES nodes; one a visible device unless it is said."""
    given = builder.env.get("NPROC_PER_NODE")
    count = number(builder.pick(given)) if given is not None else devices
    nodes = number(builder.pick(builder.env["NNODES"])) if "NNODES" in builder.env else 1
    if count is None:
        return
    if given is not None:
        put(builder, "launch.processes", count, "NPROC_PER_NODE", given, rank=Rank.ENVIRONMENT)
    else:
        builder.derive("launch.processes", count, "launch.visible_devices", rank=Rank.ENVIRONMENT)
    if nodes is not None:
        builder.derive("parallel.world_size", count * nodes, "launch.processes", rank=Rank.ENVIRONMENT)


def module(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`python -m llamafactory.launcher`, most often under torchrun: the same as its script."""
    if not builder.is_set("launch.launcher"):
        builder.put("launch.launcher", "python", key="launcher", framework=NAME, rank=Rank.COMMAND)
        imply(builder, "launch.launcher", distributed=False)
    read_arguments(words, builder, command="train")
    return None


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """LLaMA-Factory's scripts: known by their path, and where that is not enough by what they are given."""
    command = command_of(script, arguments, builder)
    if command is None:
        return False
    if builder.known("launch.launcher") == "python":
        imply(builder, "launch.launcher", distributed=False)
    words = arguments
    if enabled(builder, "USE_V1") and words and string(words[0]) in V1_COMMANDS:
        words = words[1:]
    read_arguments(words, builder, command=command)
    return True


def command_of(script: str, arguments: list[Node], builder: RunBuilder) -> str | None:
    """The command that a script stands for, None when it is somebody else's.

    Many projects have a `src/train.py`: one that lies in the project counts only if it imports llamafactory, another only if
    it is given a configuration of LLaMA-Factory.
    """
    path = posixpath.normpath(script)
    command = next((command for end, command in SCRIPTS.items() if f"/{path}".endswith(f"/{end}")), None)
    own = "llamafactory" in path or "llmtuner" in path
    if command is None and not (path.endswith("train.py") and arguments):
        return None
    found = builder.locate(script)
    if found is not None:
        source = builder.project.source(found)
        if source is not None and any(word in source.text for word in ("llamafactory", "llmtuner")):
            return command or "train"
        return None
    if own:
        return command
    return command or "train" if given_config(arguments, builder) else None


def given_config(arguments: list[Node], builder: RunBuilder) -> bool:
    """Whether the arguments are LLaMA-Factory's: a configuration file of it, or flags that only it has."""
    first = string(arguments[0]) if arguments else None
    if first is None:
        return False
    if first.endswith(FILES):
        tree = builder.project.data(path) if (path := builder.locate(first)) is not None else None
        return isinstance(tree, Mapping) and (is_train_config(tree) or is_v1(tree))
    return is_train_config(from_flags(arguments))


def read_arguments(words: list[Node], builder: RunBuilder, *, command: str) -> None:
    """What follows the command: a file with overrides, or flags."""
    name = string(words[0]) if words else None
    if name is not None and name.endswith(FILES):
        read_file(words[0], name, words[1:], builder, command)
    elif name is None and words:  # a file that a variable names
        read_options(Mapping(open=True, span=words[0].span), {}, builder, command=command)
    else:
        tree = from_flags(words)
        tree = Mapping(tree.entries, tree.open, span=words[0].span if words else None)
        read_engine(tree, {}, builder, command, Rank.COMMAND)


def read_file(word: Node, name: str, overrides: list[Node], builder: RunBuilder, command: str) -> None:
    """A configuration file; one that is not in reach leaves everything but the overrides open."""
    put(builder, "llamafactory.config_format", "json" if name.endswith(".json") else "yaml", name, word)
    flags = [flag for flag in overrides if (string(flag) or "").startswith("-")]
    if flags:
        put(builder, "llamafactory.flag_after_config", string(flags[0]) or "", string(flags[0]) or "", flags[0])
    path = builder.locate(name)
    found = builder.open_data(name)
    tree = found if isinstance(found, Mapping) else Mapping(open=True, span=word.span)
    merged, given = overridden(tree, overrides, builder.covers)
    if given:
        first = next(iter(given.values()))
        put(builder, "llamafactory.override", next(iter(given)), next(iter(given)), Scalar(None, span=first.span))
    with builder.passing(word.span, *word.via):
        read_engine(merged, given, builder, command, Rank.FILE)
    if path is not None:
        builder.labels.append(builder.project.shown(path))


def read_engine(tree: Mapping, given: dict[str, Entry], builder: RunBuilder, command: str, rank: Rank) -> None:
    """Read the options by the engine that is chosen."""
    tree = interpolated(tree, builder)
    if enabled(builder, "USE_MEGATRON_BRIDGE"):
        put(builder, "llamafactory.megatron_bridge", True, "USE_MEGATRON_BRIDGE", builder.env["USE_MEGATRON_BRIDGE"])
    if enabled(builder, "USE_MCA"):
        put(builder, "llamafactory.use_mca", True, "USE_MCA", builder.env["USE_MCA"])
    if enabled(builder, "USE_V1"):
        read_v1(tree, builder, rank=rank)
    else:
        read_options(tree, given, builder, command=command, rank=rank)


# Keys that with `model_name_or_path` are only LLaMA-Factory's.
OWN = frozenset(
    {
        *("finetuning_type", "template", "cutoff_len", "infer_backend", "quantization_bit", "export_dir", "lora_target"),
        *("freeze_trainable_layers", "pref_loss", "dataset_dir", "adapter_name_or_path", "export_quantization_bit"),
    }
)


def run_exp(call: Call, builder: RunBuilder) -> None:
    """`llamafactory.train.tuner.run_exp(args)`: training with the options in a dict."""
    options = one(call.argument("args", 0), builder)
    if isinstance(options, Mapping):
        read_engine(options, {}, builder, "train", Rank.CODE)


def is_train_config(tree: Mapping) -> bool:
    """Whether a file is a configuration of LLaMA-Factory: it names a model as transformers does, and has keys of its own."""
    names = tree.entries.keys()
    if "model_name_or_path" not in names:
        return False
    if OWN.isdisjoint(names) and string(tree.get("stage")) not in STAGES:
        return False
    from qp_lint.frameworks.llamafactory.keys import mostly_known

    return mostly_known(names)


def recognise(tree: Mapping) -> bool:
    """Whether a file describes a run of either engine."""
    return is_train_config(tree) or is_v1(tree)


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """A configuration that no launch names: paths count from the folder in which what it names lies."""
    named = [string(tree.get(name)) for name in ("deepspeed", "model_name_or_path", "dist_config.config_file", "model")]
    builder.directory = folder_of(named, path, builder)
    builder.spans += [
        entry.span for name, entry in tree.entries.items() if name in ("model_name_or_path", "model") and entry.span
    ]
    if is_v1(tree):
        read_v1(interpolated(tree, builder), builder, rank=Rank.FILE)
        return
    read_options(interpolated(tree, builder), {}, builder, command=command_for(tree))


def command_for(tree: Mapping) -> str:
    """The command that a configuration is for, by its keys."""
    if "export_dir" in tree.entries and "do_train" not in tree.entries:
        return "export"
    training = ("do_train", "do_eval", "do_predict", "stage", "dataset", "eval_dataset", "output_dir", "deepspeed")
    return "train" if any(name in tree.entries for name in training) else "infer"
