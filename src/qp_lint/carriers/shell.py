"""Shell scripts, batch jobs of Slurm included."""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, add_files
from qp_lint.discover import Kind
from qp_lint.parse.shell import Command, Script, parse_shell
from qp_lint.project import Project
from qp_lint.tree import string


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of a script."""
    script = project.script(path)
    if script is not None:
        add_files(project, path, script)
        for command in _alone(project, path, script) if path in project.parts else script.commands:
            yield Launch(path, command)


def _alone(project: Project, path: str, script: Script) -> Iterator[Command]:
    """The commands of a script that others source or start: those that are the same when nobody gives it arguments.

    What is sourced may count on variables of those who do, so that all of a command has to be known.
    """
    source = project.source(path)
    bare = parse_shell(source, read=project.opener(path), arguments=()).commands if source is not None else ()
    same = {(command.span, _texts(command)) for command in bare}
    for command in script.commands:
        texts = _texts(command)
        if (command.span, texts) in same and not (project.parts[path] and None in texts):
            yield command


def _texts(command: Command) -> tuple[str | None, ...]:
    return tuple(map(string, command.words))


CARRIER = Carrier((Kind.SHELL,), read)
