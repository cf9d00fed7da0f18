"""Launch commands and the runs they make."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from qp_lint.carriers import Launch
from qp_lint.frameworks import complete
from qp_lint.frameworks.environment import read_visible_devices
from qp_lint.link.commands import read_command
from qp_lint.link.programs import module_files
from qp_lint.link.scripts import ScriptReader
from qp_lint.parse.shell import Command
from qp_lint.project import Project
from qp_lint.run import Run, RunBuilder, every_way
from qp_lint.tree import leaves, string
from qp_lint.versions import Versions

MODULE_FLAGS = ("-m", "--module")
FILE_ENDINGS = (".py", ".yaml", ".yml", ".json", ".toml")


def directories(launch: Launch) -> list[str]:
    """The working directories that a launch may have, likeliest first: unless it says so its file's folder, then those above."""
    folders = list(launch.folders)
    if not folders:
        folder = posixpath.dirname(launch.path)
        folders = [folder]
        while folder and folder != "/":
            folder = posixpath.dirname(folder)
            folders.append(folder)
    inside = launch.command.directory
    if not inside:
        return folders
    return [posixpath.normpath(posixpath.join(base, inside)) for base in folders] + folders


def mentioned_files(command: Command) -> list[str]:
    """Words of a command that look like files of the project, or end in one (`--config=x.yaml`); modules as their files."""
    names = []
    words = [string(word) or "" for word in command.words]
    for before, word in zip(["", *words], words, strict=False):
        name = word.rpartition("=")[2]
        if name.endswith(FILE_ENDINGS):
            names.append(name)
        elif before in MODULE_FLAGS:
            names += module_files(name)
    return names


def directory_of(project: Project, launch: Launch) -> str:
    """The working directory in which most files that the command names exist; the likeliest when none do."""
    names = mentioned_files(launch.command)
    candidates = directories(launch)
    found = [sum(project.exists(posixpath.normpath(posixpath.join(folder, name))) for name in names) for folder in candidates]
    return candidates[found.index(max(found))]


def all_exist(project: Project, launch: Launch) -> bool:
    """Whether the files that a command names are there."""
    folders = [*directories(launch), ""]
    return all(project.locate(name, *folders) is not None for name in mentioned_files(launch.command))


def written_in(project: Project, launch: Launch) -> Iterator[str]:
    """The files in which the words and variables of a launch are written: its own, and those that scripts source or start."""
    yield launch.path
    command = launch.command
    parts = [leaf for node in (*command.words, *command.env.values()) for leaf in leaves(node)]
    for span in (*command.callers, command.span, *(place for part in parts for place in (part.span, *part.via) if place)):
        if span.source.path in project.opened:
            yield project.opened[span.source.path]


def launch_runs(project: Project, launch: Launch, versions: Callable[[str], Versions], scripts: ScriptReader) -> list[Run]:
    """The runs that a command starts: none when it starts nothing that qp-lint knows."""
    command = launch.command
    directory = directory_of(project, launch)

    def build(plan: tuple[int, ...], part: int) -> RunBuilder | None:
        builder = RunBuilder(project, versions(launch.path), dict(command.env), directory, plan=plan, part=part)
        places = (*command.callers, command.span)
        builder.turns, builder.decisions = command.turns, tuple(command.decisions)
        builder.spans += places
        builder.labels += places
        with builder.passing(command.span):
            read_visible_devices(builder)
            words = [builder.pick(word) for word in command.words]
            if not read_command(words, builder, scripts.read):
                return None
            builder.files[:0] = dict.fromkeys(written_in(project, launch))
            return complete(builder)

    return every_way(build)
