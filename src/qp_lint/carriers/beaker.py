"""Beaker experiments: the command and arguments of every task."""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, constant, run_words, variables, words_of
from qp_lint.discover import Kind
from qp_lint.project import Project
from qp_lint.tree import Mapping, Scalar, Sequence


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of an experiment's tasks."""
    tree = project.data(path)
    tasks = tree.get("tasks") if isinstance(tree, Mapping) else None
    for task in tasks.items if isinstance(tasks, Sequence) else ():
        if not isinstance(task, Mapping):
            continue
        env = variables(task.get("envVars"))
        for name, variable in (("replicas", "BEAKER_REPLICA_COUNT"), ("resources.gpuCount", "BEAKER_ASSIGNED_GPU_COUNT")):
            count = task.get(name)
            if isinstance(count, Scalar):
                env[variable] = constant(count.value, count.span)
        words = [*words_of(task.get("command")), *words_of(task.get("arguments"))]
        for command in run_words(project, path, words, env):
            yield Launch(path, command)


CARRIER = Carrier(
    (Kind.YAML,), read, marks=(r"^tasks[ \t]*:", r"^[ \t-]*(?:budget|image|beaker)[ \t]*:", r"(?:command|arguments)[ \t]*:")
)
