"""The runs of one command as it was typed: its words are known, and so are its directory and environment."""

from __future__ import annotations

import dataclasses
import posixpath
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

from qp_lint.carriers import Launch, launches_with
from qp_lint.discover import Kind
from qp_lint.link.launches import launch_runs
from qp_lint.link.scripts import ScriptReader
from qp_lint.parse.shell import Command
from qp_lint.project import Project
from qp_lint.run import Run
from qp_lint.text import Source
from qp_lint.tree import Node, Scalar
from qp_lint.versions import Versions

NAME = "command line"  # what reports call the file that a typed command stands in


def given_runs(
    project: Project, words: Sequence[str], env: Mapping[str, str], directory: str, versions: Callable[[str], Versions]
) -> list[Run]:
    """The runs that a command starts in `directory` (a project path) with these environment variables.

    A shell script that it names (`bash run.sh`, `sbatch job.slurm`) starts what stands in it.
    """
    scripts = ScriptReader(project)
    known = {name: Scalar(value, value) for name, value in env.items()}
    return [
        run for launch in _launches(project, words, known, directory) for run in launch_runs(project, launch, versions, scripts)
    ]


def _launches(project: Project, words: Sequence[str], env: Mapping[str, Node], directory: str) -> Iterator[Launch]:
    command = typed(words, env)
    yield Launch(posixpath.join(directory, NAME), command, (directory,))
    for index, word in enumerate(words, 1):
        path = project.locate(word, directory)
        if path is not None:
            kind = project.kind(path)
            if kind is Kind.SHELL:
                for launch in launches_with(project, path, env, command.words[index:]):
                    inner = dataclasses.replace(launch.command, env={**env, **launch.command.env})
                    yield dataclasses.replace(launch, command=inner, folders=(directory,))
            if kind in (Kind.SHELL, Kind.PYTHON):
                return


def typed(words: Sequence[str], env: Mapping[str, Node]) -> Command:
    """A command with the places of its words in the line that a shell would read."""
    parts = [shlex.quote(word) for word in words]
    source = Source(NAME, " ".join(parts))
    nodes, start = [], 0
    for word, part in zip(words, parts, strict=True):
        nodes.append(Scalar(word, word, span=source.span(start, start + len(part))))
        start += len(part) + 1
    return Command(tuple(nodes), env, source.span(0, len(source.text)))
