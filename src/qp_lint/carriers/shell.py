"""Shell scripts, batch jobs of Slurm included."""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, add_files
from qp_lint.discover import Kind
from qp_lint.project import Project


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of a script."""
    script = project.script(path)
    if script is not None:
        add_files(project, path, script)
        for command in script.commands:
            yield Launch(path, command)


CARRIER = Carrier((Kind.SHELL,), read)
