"""How ms-swift is started: `swift COMMAND`, its scripts under torchrun, accelerate or deepspeed, its Python functions."""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.base import ProgramReader
from qp_lint.frameworks.environment import read_environment, read_visible_devices
from qp_lint.frameworks.overrides import from_flags, laid_over
from qp_lint.frameworks.swift.options import NAME, PURPOSES, TUNERS, read_options
from qp_lint.frameworks.values import fields, number, one
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Mapping, Node, Scalar, Sequence, string

RLHF = frozenset({"dpo", "orpo", "simpo"})  # commands of 2.x that are `rlhf --rlhf_type NAME`
TORCHRUN = frozenset({"sft", "pt", "rlhf", "infer"})
SCRIPTS = {
    **{f"swift/cli/{name}.py": name for name in ("sft", "pt", "rlhf", "infer", "export")},
    **{"llm_sft.py": "sft", "llm_dpo.py": "rlhf", "rlhf/llm_rlhf.py": "rlhf"},
}
FILES = (".yaml", ".yml", ".json")


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`swift COMMAND [FILE] --key value …`; Apple's `swift` has other commands."""
    name = (string(words[0]) or "").replace("_", "-") if words else ""
    arguments = words[1:]
    if name in RLHF:
        arguments = [Scalar("--rlhf_type"), Scalar(name, name, span=words[0].span), *arguments]
        name = "rlhf"
    if name not in PURPOSES:
        return []
    read_arguments(arguments, builder, name, words[0])
    return None


def module(command: str) -> ProgramReader:
    """`python -m swift.cli.sft`, most often under a launcher."""

    def read(words: list[Node], builder: RunBuilder) -> None:
        read_arguments(words, builder, command, None)

    return read


def megatron(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`megatron sft|pt|rlhf`: Megatron-LM trains, with a parallelism and FP8 of its own."""
    name = string(words[0]) if words else None
    if name not in ("sft", "pt", "rlhf"):
        return []
    builder.put("framework", NAME, key="megatron", framework=NAME, rank=Rank.FILE, span=words[0].span)
    builder.put("purpose", "train", key=name, framework=NAME, rank=Rank.FILE)
    builder.put("parallel.strategy", "megatron", key="megatron", framework=NAME, rank=Rank.COMMAND, span=words[0].span)
    return None


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """ms-swift's scripts by the end of their path; one that lies in the project has to mention swift."""
    path = f"/{posixpath.normpath(script)}"
    command = next((command for end, command in SCRIPTS.items() if path.endswith(f"/{end}")), None)
    if command is None:
        return False
    found = builder.locate(script)
    source = builder.project.source(found) if found is not None else None
    if source is not None and "swift" not in source.text:
        return False
    read_arguments(arguments, builder, command, None)
    return True


def read_arguments(words: list[Node], builder: RunBuilder, command: str, place: Node | None) -> None:
    """What follows a command: flags, behind a file where the first word names one (cli/main.py: parse_yaml_args)."""
    name = string(words[0]) if words else None
    if name is None or not name.endswith(FILES):
        span = words[0].span if words else None
        tree = from_flags(words)
        read_run(Mapping(tree.entries, tree.open or (bool(words) and name is None), span=span), builder, command, place)
        return
    path, found = builder.locate(name), builder.open_data(name)
    if path is not None:
        builder.labels.append(builder.project.shown(path))
    tree = found if isinstance(found, Mapping) else Mapping(open=True, span=words[0].span)
    with builder.passing(words[0].span, *words[0].via):
        read_run(laid_over(tree, from_flags(words[1:]), builder.covers), builder, command, place, Rank.FILE)


def read_run(tree: Mapping, builder: RunBuilder, command: str, place: Node | None = None, rank: Rank = Rank.COMMAND) -> None:
    """The launch and the options; `place` is the command's word where ms-swift itself starts the processes."""
    tree = exported(tree, builder)
    if place is not None and not builder.is_set("launch.launcher"):
        read_environment(builder)
        read_launch(builder, command, place)
    elif builder.known("launch.launcher") in (None, "python"):  # python starts one process
        builder.default("launch.launcher", "python", framework=NAME)
        if not builder.is_set("launch.processes"):
            builder.default("launch.processes", 1, framework=NAME)
    read_options(tree, builder, command, rank=rank)


def exported(tree: Mapping, builder: RunBuilder) -> Mapping:
    """The options without the section `ENV`, whose variables are set unless the launch sets them."""
    section = tree.get("ENV")
    if not isinstance(section, Mapping):
        return tree
    for name, entry in section.entries.items():
        node = entry.value
        if isinstance(node, Scalar) and node.value is not None:
            builder.env.setdefault(name, Scalar(str(node.value), node.raw, span=node.span, via=node.via))
    read_visible_devices(builder)
    rest = {name: entry for name, entry in tree.entries.items() if name != "ENV"}
    return Mapping(rest, tree.open, span=tree.span, via=tree.via)


def read_launch(builder: RunBuilder, command: str, place: Node) -> None:
    """`swift` starts torchrun when NPROC_PER_NODE or NNODES is set, else one process (cli/main.py: get_torchrun_args)."""
    given = {name: builder.pick(builder.env[name]) for name in ("NPROC_PER_NODE", "NNODES") if name in builder.env}
    if not given or command not in TORCHRUN:
        builder.put("launch.launcher", NAME, key="swift", framework=NAME, rank=Rank.COMMAND, span=place.span)
        builder.put("launch.processes", 1, key="NPROC_PER_NODE", framework=NAME, rank=Rank.DEFAULT, span=place.span)
        return
    first = next(iter(given.values()))
    builder.put("launch.launcher", "torchrun", key=next(iter(given)), framework=NAME, rank=Rank.ENVIRONMENT, span=first.span)
    processes = number(given["NPROC_PER_NODE"]) if "NPROC_PER_NODE" in given else 1
    nodes = number(given["NNODES"]) if "NNODES" in given else 1
    if processes is None:
        return
    source = given.get("NPROC_PER_NODE", first)
    builder.put("launch.processes", processes, key="NPROC_PER_NODE", framework=NAME, rank=Rank.ENVIRONMENT, span=source.span)
    if nodes is not None:
        builder.derive("parallel.world_size", processes * nodes, "launch.processes", rank=Rank.ENVIRONMENT)


def entry_point(call: Call, builder: RunBuilder) -> None:
    """`sft_main(SftArguments(model=…, …))`, or with a list of words."""
    command = call.function.rpartition(".")[2].removesuffix("_main")
    arguments = one(call.argument("args", 0), builder)
    if isinstance(arguments, Call):
        tree = fields(arguments)
    elif isinstance(arguments, Sequence) and not arguments.open:
        tree = from_flags([builder.pick(item) for item in arguments.items])
    else:
        tree = Mapping(open=True, span=call.span)
    if builder.known("launch.launcher") in (None, "python"):
        read_environment(builder)
    read_options(tree, builder, command, rank=Rank.CODE)


def recognise(tree: Mapping) -> bool:
    """Whether a file holds ms-swift's options; the `args.json` that it saves beside a model is no configuration."""
    names = tree.entries.keys()
    if "swift_version" in names or "global_world_size" in names:
        return False
    return bool(names & {"model", "model_id_or_path"}) and "dataset" in names and bool(names & {*TUNERS, "rlhf_type"})


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """A configuration that no launch names; a preference stage is told by its `rlhf_type`."""
    keys = ("model", "model_id_or_path")
    builder.spans += [entry.span for name, entry in tree.entries.items() if name in keys and entry.span]
    read_options(exported(tree, builder), builder, "rlhf" if "rlhf_type" in tree.entries else "sft", rank=Rank.FILE)
