"""`Trainer(…)` and `Fabric(…)`: the same arguments for strategy, devices and precision."""

from __future__ import annotations

from qp_lint.frameworks.lightning.precision import read_plugins, read_precision
from qp_lint.frameworks.lightning.strategies import read_strategy
from qp_lint.frameworks.values import Reader, fields, is_null, lower, number, said, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Node, Scalar, Sequence, Unknown, string

NAME = "lightning"
FABRIC = ("accelerator", "strategy", "devices", "num_nodes", "precision", "plugins")
IN_STRATEGY = ("precision_plugin", "precision")  # the argument of a strategy class that holds a precision plugin


def trainer(call: Call, builder: RunBuilder) -> None:
    """`Trainer(strategy=…, devices=…, precision=…, plugins=…)`; its arguments go by keyword only."""
    reader = Reader(builder, fields(call), NAME, Rank.CODE)
    reader.say("train.trainer", "lightning", "Trainer", span=call.name_span)
    read_arguments(reader)


def fabric(call: Call, builder: RunBuilder) -> None:
    """`Fabric(…)`: what is left out may come from `fabric run`."""
    reader = Reader(builder, fields(call, *FABRIC), NAME, Rank.CODE)
    reader.say("train.trainer", "fabric", "Fabric", span=call.name_span)
    read_arguments(reader)


def read_arguments(reader: Reader) -> None:
    """The arguments that both have."""
    if not is_null(reader.get("accelerator")):
        reader.put("accelerator", "lightning.accelerator", lower)
    strategy = reader.get("strategy")
    read_strategy(strategy, reader)
    if strategy is None and reader.tree.open:
        reader.unsure("parallel.strategy", "strategy")
    read_devices(reader)
    read_precision(reader)
    read_plugins(reader.get("plugins"), reader)
    if isinstance(strategy, Call):
        inner = reader.inside(fields(strategy))
        for name in IN_STRATEGY:
            if isinstance(inner.get(name), Call):
                read_plugins(inner.get(name), inner, name)


def read_devices(reader: Reader) -> None:
    """One process a device; `auto`, what is left out, and -1 take all there are."""
    builder = reader.builder
    if builder.is_set("launch.processes") and not reader.has("devices", "num_nodes"):
        return
    node = reader.get("devices")
    count = count_of(node) if node is not None else None
    if node is None:
        reader.say("launch.processes", Unknown(), "devices", rank=Rank.DEFAULT)
    else:
        reader.say("launch.processes", said(node, count) if count is not None else unclear(node), "devices")
    nodes = number(reader.get("num_nodes")) if reader.has("num_nodes") else 1
    processes = builder.known("launch.processes")
    if isinstance(processes, int) and nodes is not None:
        builder.derive("parallel.world_size", processes * nodes, "launch.processes", rank=reader.rank)


def count_of(node: Node) -> int | None:
    """How many devices are asked for: a number, a list of indices, or either as text."""
    if isinstance(node, Sequence):
        return None if node.open else len(node.items)
    if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value if node.value > 0 else None
    written = (string(node) or "").strip()
    if "," in written:
        return len([part for part in written.split(",") if part.strip()])
    return int(written) if written.isdecimal() else None
