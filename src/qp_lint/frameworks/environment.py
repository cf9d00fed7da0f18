"""Environment variables by which accelerate's launcher speaks to the processes it starts; a user may set them as well."""

from __future__ import annotations

from collections.abc import Mapping as Variables

from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument
from qp_lint.frameworks.derive import GROUP_LAUNCHERS, processes_of
from qp_lint.frameworks.fsdp_options import read_fsdp
from qp_lint.frameworks.values import Reader, boolean, flag, integer, lower
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Scalar, Unknown

DEEPSPEED = (
    ("ACCELERATE_DEEPSPEED_OFFLOAD_PARAM_DEVICE", "parallel.zero.offload_param"),
    ("ACCELERATE_DEEPSPEED_OFFLOAD_OPTIMIZER_DEVICE", "parallel.zero.offload_optimizer"),
)
OWN = ("ACCELERATE_", "FSDP_", "CUDA_VISIBLE_DEVICES")  # counts and ranks are told by the launcher
# Set in every process that a launcher starts; kept as one object each, by which programs are told apart.
RANKS = {name: Unknown(hint=name) for name in ("RANK", "LOCAL_RANK")}
WORLD_SIZE = Unknown(hint="WORLD_SIZE")


def tell_processes(builder: RunBuilder) -> None:
    """Record the variables that torchrun, accelerate and deepspeed set for each process: how many there are, which it is."""
    count = processes_of(builder)
    launcher = builder.known("launch.launcher")
    if launcher not in GROUP_LAUNCHERS or (launcher == "accelerate" and count in (None, 1)):  # it may start a plain process
        return
    builder.env |= RANKS
    builder.env["WORLD_SIZE"] = WORLD_SIZE if count is None else Scalar(str(count))


def environment(builder: RunBuilder) -> Mapping:
    """The known environment variables as a mapping."""
    return Mapping({name: Entry(node, node.span) for name, node in builder.env.items()})


def read_environment(builder: RunBuilder) -> None:
    """Record ACCELERATE_* and FSDP_* variables: below what a launcher's flags and the script's own arguments say."""
    if not any(name.startswith(("ACCELERATE_", "FSDP_")) for name in builder.env):
        return
    tree = environment(builder)
    reader = Reader(builder, tree, "accelerate", Rank.FILE)
    if reader.has("ACCELERATE_MIXED_PRECISION"):
        reader.put("ACCELERATE_MIXED_PRECISION", "train.precision", lower)
    if reader.has("ACCELERATE_BYPASS_DEVICE_MAP"):
        reader.put("ACCELERATE_BYPASS_DEVICE_MAP", "accelerate.bypass_device_map", boolean)
    if flag(reader.get("ACCELERATE_USE_FSDP")):
        options = {name.removeprefix("FSDP_").lower(): entry for name, entry in tree.entries.items() if name.startswith("FSDP_")}
        place = tree.entries["ACCELERATE_USE_FSDP"].span
        read_fsdp(
            Reader(builder, Mapping(options), "accelerate", Rank.FILE, Rank.FILE, place),
            defaults={"cpu_ram_efficient_loading": False, "sync_module_states": False, "use_orig_params": False},
            version=1,
        )
    if flag(reader.get("ACCELERATE_USE_DEEPSPEED")):
        if reader.has("ACCELERATE_DEEPSPEED_CONFIG_FILE"):
            read_deepspeed_argument(
                reader.get("ACCELERATE_DEEPSPEED_CONFIG_FILE"), builder, framework="accelerate", rank=Rank.FILE
            )
            return
        reader.put("ACCELERATE_DEEPSPEED_ZERO_STAGE", "parallel.zero.stage", integer, default=2)
        for name, setting in DEEPSPEED:
            reader.put(name, setting, lower, default="none")


def read_written(written: Variables[str, Node], builder: RunBuilder) -> None:
    """Record the variables that a program sets for the libraries that it uses: `os.environ["ACCELERATE_USE_FSDP"] = "true"`."""
    own = {name: node for name, node in written.items() if name.startswith(OWN) and node is not builder.env.get(name)}
    builder.env |= own
    if "CUDA_VISIBLE_DEVICES" in own:
        read_visible_devices(builder)
    if own.keys() - {"CUDA_VISIBLE_DEVICES"}:
        read_environment(builder)


def read_visible_devices(builder: RunBuilder) -> None:
    """Record how many devices CUDA_VISIBLE_DEVICES names."""
    visible = builder.env.get("CUDA_VISIBLE_DEVICES")
    if isinstance(visible, Scalar) and isinstance(visible.value, str):
        count = len([part for part in visible.value.split(",") if part.strip()])
        builder.put("launch.visible_devices", count, key="CUDA_VISIBLE_DEVICES", span=visible.span, rank=Rank.ENVIRONMENT)
