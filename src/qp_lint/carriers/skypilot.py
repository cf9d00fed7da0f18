"""SkyPilot tasks: `setup:` and `run:`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, constant, in_folder, run_string, variables
from qp_lint.discover import Kind
from qp_lint.project import Project
from qp_lint.tree import Mapping, Node, Scalar, string


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of the tasks of a file (several documents: a pipeline)."""
    for task in project.documents(path):
        if not isinstance(task, Mapping):
            continue
        env = {**_counts(task), **variables(task.get("envs"))}
        inside = string(task.get("workdir"))
        for name in ("setup", "run"):
            for command in run_string(project, path, task.get(name), env):
                launch = Launch(path, command)
                yield launch if inside in (None, ".") or inside.startswith(("~", "/")) else in_folder(launch, inside)


def _counts(task: Mapping) -> dict[str, Node]:
    """SKYPILOT_NUM_NODES and SKYPILOT_NUM_GPUS_PER_NODE, where the task says them."""
    found: dict[str, Node] = {}
    nodes = task.get("num_nodes")
    found["SKYPILOT_NUM_NODES"] = constant(nodes.value, nodes.span) if isinstance(nodes, Scalar) else Scalar("1", "1")
    devices = task.get("resources.accelerators")
    if isinstance(devices, Scalar):
        match = re.fullmatch(r"[\w.-]+:(\d+)", str(devices.value))
        found["SKYPILOT_NUM_GPUS_PER_NODE"] = constant(match[1] if match else 1, devices.span)
    elif isinstance(devices, Mapping) and len(devices.entries) == 1:
        count = next(iter(devices.entries.values())).value
        if isinstance(count, Scalar):
            found["SKYPILOT_NUM_GPUS_PER_NODE"] = constant(count.value, count.span)
    return found


CARRIER = Carrier(
    (Kind.YAML,),
    read,
    marks=(r"^run[ \t]*:", r"^(?:resources|setup|workdir|num_nodes|file_mounts|envs)[ \t]*:"),
)
