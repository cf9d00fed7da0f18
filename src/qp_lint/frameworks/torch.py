"""torch: FSDP, FSDP2, DistributedDataParallel, torch.compile, and torchrun."""

from __future__ import annotations

import itertools

from qp_lint import frameworks as registry
from qp_lint.frameworks.accelerate_objects import policy_dtype
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.environment import read_environment
from qp_lint.frameworks.flags import Command, python_command, read_flags
from qp_lint.frameworks.fsdp_options import offload, read_fsdp
from qp_lint.frameworks.models import read_effects
from qp_lint.frameworks.values import Reader, fields, integer, is_null, number, one, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Entry, Mapping, Node, Plain, Scalar, string

FSDP = (
    *("module", "process_group", "sharding_strategy", "cpu_offload", "auto_wrap_policy", "backward_prefetch"),
    "mixed_precision",
)
# torch/distributed/fsdp/fully_sharded_data_parallel.py
FSDP_DEFAULTS: dict[str, Plain] = {
    "use_orig_params": False,
    "sync_module_states": False,
    "auto_wrap_policy": "NO_WRAP",
    "cpu_offload": False,
}
COUNTS = ("nproc_per_node", "nnodes")
SWITCHES = frozenset({"standalone", "module", "no_python", "run_path", "use_env", "virtual_local_rank", "help"})
SHORT = {"m": "module", "r": "redirects", "t": "tee", "h": "help"}


def fsdp(call: Call, builder: RunBuilder) -> None:
    """`FSDP(model, …)`."""
    tree = fields(call, *FSDP)
    reader = Reader(builder, tree, "torch", Rank.CODE, Rank.CODE, call.name_span)
    wrap(call, reader)
    entries = {name: entry for name, entry in tree.entries.items() if not is_null(reader.get(name))}
    read_fsdp(reader.inside(Mapping(entries, tree.open, span=tree.span)), defaults=FSDP_DEFAULTS, version=1)
    read_policy(reader, "mixed_precision")


def fully_shard(call: Call, builder: RunBuilder) -> None:
    """`fully_shard(model, mesh=…, mp_policy=…, offload_policy=…)`: FSDP2."""
    reader = Reader(builder, fields(call, "module"), "torch", Rank.CODE)
    wrap(call, reader)
    reader.say("parallel.fsdp.version", 2, "fully_shard", span=call.name_span)
    reader.put("offload_policy", "parallel.fsdp.offload", offload)
    read_policy(reader, "mp_policy")


def read_policy(reader: Reader, name: str) -> None:
    """The dtype that parameters are cast to."""
    policy = reader.get(name)
    if policy is not None and not is_null(policy):
        reader.say("parallel.fsdp.mixed_precision", policy_dtype(policy, reader.builder), name)


def ddp(call: Call, builder: RunBuilder) -> None:
    """`DistributedDataParallel(model, …)`."""
    reader = Reader(builder, fields(call, "module"), "torch", Rank.CODE)
    wrap(call, reader)
    reader.say("parallel.strategy", "ddp", "DistributedDataParallel", span=call.name_span)


def wrap(call: Call, reader: Reader) -> None:
    """The model inside a wrapper, trained by a loop of the script."""
    builder = reader.builder
    if not builder.is_set("train.trainer"):
        reader.say("train.trainer", "loop", call.function.rpartition(".")[2], rank=Rank.DEFAULT, span=call.name_span)
    registry.read(reader.get("module"), builder)
    read_effects(call, builder)


def compiled(call: Call, builder: RunBuilder) -> None:
    """`torch.compile(model)`."""
    model = one(call.argument("model", 0), builder)
    registry.read(model, builder)
    builder.put("model.compiled", True, key="torch.compile", framework="torch", rank=Rank.CODE, span=call.name_span)
    read_effects(call, builder)


def torchrun(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`torchrun --nproc_per_node N script.py …` (torch/distributed/run.py) and the older torch.distributed.launch."""
    read_environment(builder)
    command = read_flags(words, SWITCHES, SHORT)
    read_torchrun(command, builder)
    return python_command(command)


def torchx(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`torchx run … dist.ddp -j 2x8 --script train.py -- …` (torchx/components/dist.py): torchrun on each of the nodes."""
    at = next((index for index, word in enumerate(words) if string(word) in ("dist.ddp", "utils.python")), None)
    if at is None:
        return []
    behind = next((index for index in range(at, len(words)) if string(words[index]) == "--"), len(words))
    given = dict(itertools.pairwise(string(word) or "" for word in words[at + 1 : behind]))
    spread = next((word for flag, word in itertools.pairwise(words[at:behind]) if string(flag) == "-j"), None)
    nodes, _, processes = (given.get("-j") or "1x2").rpartition("x")
    if string(words[at]) == "dist.ddp":
        builder.put("launch.launcher", "torchrun", key="torchx", framework="torch", rank=Rank.COMMAND, span=words[at].span)
        if processes.isdigit() and (nodes or "1").isdigit():
            place = spread.span if spread is not None else words[at].span
            builder.put("launch.processes", int(processes), key="-j", framework="torch", rank=Rank.COMMAND, span=place)
            builder.derive("parallel.world_size", int(processes) * int(nodes or 1), "launch.processes", rank=Rank.COMMAND)
    rest = words[behind + 1 :]
    if "-m" in given:
        return [Scalar("python"), Scalar("-m"), Scalar(given["-m"], span=words[at].span), *rest]
    return [Scalar("python"), Scalar(given["--script"], span=words[at].span), *rest] if "--script" in given else []


def read_torchrun(command: Command, builder: RunBuilder) -> None:
    """What torchrun's options say; another launcher may hand them on."""
    place = command.rest[0].span if command.rest else None
    builder.put("launch.launcher", "torchrun", key="torchrun", framework="torch", rank=Rank.COMMAND, span=place)
    # torch/distributed/argparse_util.py: an option that is left out is taken from PET_<OPTION>
    entries = {name: Entry(builder.env[f"PET_{name.upper()}"]) for name in COUNTS if f"PET_{name.upper()}" in builder.env}
    options = Mapping({**entries, **command.options.entries}, command.options.open, span=command.options.span)
    reader = Reader(builder, options, "torch", Rank.COMMAND)
    reader.put("nproc_per_node", "launch.processes", integer, default=1)
    nodes = number(reader.get("nnodes")) if reader.has("nnodes") else 1
    processes = builder.known("launch.processes")
    if isinstance(processes, int) and nodes is not None:
        builder.derive("parallel.world_size", processes * nodes, "launch.processes", rank=Rank.COMMAND)


def ray_trainer(call: Call, builder: RunBuilder) -> None:
    """`TorchTrainer(…, scaling_config=ScalingConfig(num_workers=4))` of Ray: the workers are a process group."""
    scaling = one(call.argument("scaling_config"), builder)
    count = scaling.argument("num_workers", 1) if isinstance(scaling, Call) else None
    workers = unclear(call) if count is None else integer(count)
    builder.put("launch.launcher", "ray", key="TorchTrainer", framework="torch", rank=Rank.FORCED, span=call.name_span)
    builder.put("launch.processes", workers, key="num_workers", framework="torch", rank=Rank.CODE)


def submitit_parameters(call: Call, builder: RunBuilder) -> None:
    """`executor.update_parameters(nodes=2, tasks_per_node=8)` of submitit: the tasks of a Slurm job."""
    receiver = call.receiver
    tasks = call.argument("tasks_per_node")
    if isinstance(receiver, Call) and receiver.function.startswith("submitit.") and tasks is not None:
        builder.put("launch.launcher", "srun", key="submitit", framework="torch", rank=Rank.FORCED, span=call.name_span)
        builder.put("launch.processes", integer(tasks), key="tasks_per_node", framework="torch", rank=Rank.CODE)


FRAMEWORK = Framework(
    name="torch",
    packages=("torch",),
    words=("FSDP", "FullyShardedDataParallel", "fully_shard", "DistributedDataParallel"),
    calls={
        "torch:FullyShardedDataParallel": fsdp,
        "torch:fully_shard": fully_shard,
        "torch:DistributedDataParallel": ddp,
        "torch:compile": compiled,
        "ray:TorchTrainer": ray_trainer,
        ":.update_parameters": submitit_parameters,
    },
    globals=("ray:TorchTrainer", ":.update_parameters"),
    roots=("torch:FullyShardedDataParallel", "torch:fully_shard", "torch:DistributedDataParallel"),
    programs={"torchrun": torchrun, "torchx": torchx},
    modules={"torch.distributed.run": torchrun, "torch.distributed.launch": torchrun},
)
