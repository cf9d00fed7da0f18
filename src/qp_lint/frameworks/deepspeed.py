"""DeepSpeed: its launcher, `deepspeed.initialize`, and what announces ZeRO-3 to transformers."""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument, write_stage
from qp_lint.frameworks.deepspeed_linear import CALLS, linear_init
from qp_lint.frameworks.environment import read_environment
from qp_lint.frameworks.flags import python_command, read_flags
from qp_lint.frameworks.optimizers import read_optimizer
from qp_lint.frameworks.values import integer, number, one, said
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Node, string

SWITCHES = frozenset(
    {
        *("module", "no_python", "no_local_rank", "no_ssh_check", "no_ssh", "force_multi", "save_pid", "elastic_training"),
        *("bind_cores_to_rank",),
    }
)
SHORT = {"H": "hostfile", "i": "include", "e": "exclude"}


def launch(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`deepspeed [--num_gpus N] [--include localhost:0,1] script.py …` (deepspeed/launcher/runner.py)."""
    read_environment(builder)
    command = read_flags(words, SWITCHES, SHORT)
    place = command.rest[0].span if command.rest else None
    builder.put("launch.launcher", "deepspeed", key="deepspeed", framework="deepspeed", rank=Rank.COMMAND, span=place)
    gpus = command.options.get("num_gpus")
    if gpus is not None:
        builder.put("launch.processes", integer(gpus), key="--num_gpus", framework="deepspeed", rank=Rank.COMMAND)
    else:
        read_include(command.options.get("include"), builder)
    nodes = number(command.options.get("num_nodes"))
    processes = builder.known("launch.processes")
    if isinstance(processes, int) and nodes is not None:
        builder.derive("parallel.world_size", processes * nodes, "launch.processes", rank=Rank.COMMAND)
    return python_command(command)


def read_include(node: Node | None, builder: RunBuilder) -> None:
    """`--include localhost:0,1` on one host names the devices, one process each."""
    written = string(node)
    if node is None or written is None or "@" in written:
        return
    _, colon, slots = written.partition(":")
    if colon:
        count = len([slot for slot in slots.split(",") if slot.strip()])
        builder.put("launch.processes", count, key="--include", framework="deepspeed", rank=Rank.COMMAND, span=node.span)


def initialize(call: Call, builder: RunBuilder) -> None:
    """`deepspeed.initialize(args, model, optimizer, …, config=…)`: the model is wrapped by the engine."""
    builder.put("train.trainer", "loop", key="deepspeed.initialize", framework="deepspeed", rank=Rank.CODE, span=call.name_span)
    config = call.argument("config") or call.argument("config_params") or named_by_flag(call.argument("args", 0))
    if config is not None:
        read_deepspeed_argument(config, builder, key="config")
    builder.put("deepspeed.initialize", True, key="deepspeed.initialize", framework="deepspeed", span=call.name_span)
    optimizer = one(call.argument("optimizer", 2), builder)
    read_optimizer(optimizer, builder, framework="deepspeed")
    if isinstance(optimizer, Call):
        name = f"{optimizer.function.partition('.')[0]}.{optimizer.function.rpartition('.')[2]}"
        builder.put("deepspeed.client_optimizer", said(optimizer, name), key="optimizer", framework="deepspeed", rank=Rank.CODE)
    model = one(call.argument("model", 1), builder)
    if isinstance(model, Call) and model.function.rpartition(".")[2] == "PipelineModule":
        builder.put("deepspeed.pipeline", said(model, True), key="PipelineModule", framework="deepspeed", rank=Rank.CODE)
    registry.read(model, builder)


def named_by_flag(arguments: Node | None) -> Node | None:
    """`args.deepspeed_config`: what `--deepspeed_config ds.json` says where `deepspeed.initialize` is not given a `config`."""
    from qp_lint.evaluate.values import Instance

    return arguments.attributes.get("deepspeed_config") if isinstance(arguments, Instance) else None


def moe(call: Call, builder: RunBuilder) -> None:
    """`deepspeed.moe.layer.MoE(…)`: DeepSpeed's own mixture of experts."""
    builder.put("deepspeed.moe", True, key="MoE", framework="deepspeed", rank=Rank.CODE, span=call.name_span or call.span)


def hf_deepspeed_config(call: Call, builder: RunBuilder) -> None:
    """`HfDeepSpeedConfig(config)` of transformers: announces ZeRO-3; the engine gets the same configuration elsewhere."""
    read_deepspeed_argument(call.argument("config_file_or_dict", 0), builder, framework="transformers", key="HfDeepSpeedConfig")


def init(call: Call, builder: RunBuilder) -> None:
    """`deepspeed.zero.Init(config_dict_or_path=…)`, or the other one, `deepspeed.linear.Init`."""
    if ".linear." in call.function:
        linear_init(call, builder)
        return
    config = one(call.argument("config_dict_or_path"), builder)
    if config is not None:
        read_deepspeed_argument(config, builder, key="zero.Init")


FRAMEWORK = Framework(
    name="deepspeed",
    packages=("deepspeed",),
    words=("deepspeed", "DeepSpeed"),
    calls={
        "deepspeed:initialize": initialize,
        "deepspeed:Init": init,
        "deepspeed:MoE": moe,
        **CALLS,
        "transformers:HfDeepSpeedConfig": hf_deepspeed_config,
        "transformers:HfTrainerDeepSpeedConfig": hf_deepspeed_config,
    },
    roots=("deepspeed:initialize",),
    globals=("transformers:HfDeepSpeedConfig", "deepspeed:Init", "deepspeed:MoE", *CALLS),
    programs={"deepspeed": launch, "ds": launch},
    modules={"deepspeed.launcher.runner": launch},
    writes={"parallel.zero.stage": write_stage},
)
