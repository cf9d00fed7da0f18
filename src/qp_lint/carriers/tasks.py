"""Tasks of Python projects: poe, pdm, hatch, taskipy and pixi in pyproject.toml and pixi.toml."""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, children, env_file, in_folder, run_any, variables, words_of
from qp_lint.discover import Kind
from qp_lint.parse.shell import Command
from qp_lint.project import Project
from qp_lint.tree import Mapping, Node, Scalar, Sequence, string

TABLES = (
    ("tool", "poe", "tasks"),
    ("tool", "pdm", "scripts"),
    ("tool", "taskipy", "tasks"),
    ("tool", "pixi", "tasks"),
    ("tasks",),
)
ENVIRONMENTS = (("tool", "hatch", "envs", "scripts"), ("tool", "pixi", "feature", "tasks"), ("feature", "tasks"))
COMMANDS = ("cmd", "shell", "composite", "sequence")


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of every task, run in the folder of the file."""
    tree = project.data(path)
    folder = path.rpartition("/")[0]
    for task in _tasks(tree):
        inside: str | None = None
        env: dict[str, Node] = {}
        bodies: list[Node] = [task]
        if isinstance(task, Mapping):
            env = {**env_file(project, path, string(task.get("envfile") or task.get("env_file"))), **variables(task.get("env"))}
            inside = string(task.get("cwd") or task.get("working_dir"))
            bodies = [body for name in COMMANDS if (body := task.get(name)) is not None]
        for body in bodies:
            for command in _commands(project, path, body, env):
                yield in_folder(Launch(path, command, (folder,)), inside)


def _tasks(tree: Node | None) -> Iterator[Node]:
    for names in TABLES:
        for name, task in children(tree, *names):
            if name != "_":
                yield task
    for *outer, last in ENVIRONMENTS:
        for _, environment in children(tree, *outer):
            for _, task in children(environment, last):
                yield task


def _commands(project: Project, path: str, body: Node, env: dict[str, Node]) -> Iterator[Command]:
    """A command line, the words of one, or several command lines."""
    if isinstance(body, Sequence) and any(" " in (string(item) or "") for item in body.items):
        for item in body.items:
            inner = item.get("cmd") or item.get("shell") if isinstance(item, Mapping) else item
            yield from run_any(project, path, inner, env)
    elif isinstance(body, Scalar) or words_of(body):
        yield from run_any(project, path, body, env)


CARRIER = Carrier((Kind.TOML,), read, name=r"(?:^|/)(?:pyproject|pixi)\.toml$", marks=(r"^\[(?:.*\.)?(?:tasks|scripts)\b",))
