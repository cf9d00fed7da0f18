"""Joins scripts, configs, launch commands and versions into the runs that a person would launch.

A launch command claims the scripts and configs it reaches; what no launch claims (a train.yaml, a script with a trainer) is a
run of its own, with the launch unknown.  Two files that nothing ties together never make a run.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from qp_lint import frameworks
from qp_lint.carriers import find_launches
from qp_lint.discover import Kind
from qp_lint.frameworks.base import ConfigReader
from qp_lint.link.entries import entry_scripts
from qp_lint.link.launches import all_exist, launch_runs
from qp_lint.link.scripts import ScriptReader
from qp_lint.project import Project
from qp_lint.run import Run, RunBuilder, every_way
from qp_lint.tree import Mapping
from qp_lint.versions import Versions


def link(project: Project, versions: Callable[[str], Versions]) -> list[Run]:
    """All runs of a project; see `entries`."""
    return [run for runs in entries(project, versions) for run in runs]


def entries(project: Project, versions: Callable[[str], Versions]) -> Iterator[list[Run]]:
    """The runs of a project, those of one launch, configuration or script together: several ways through it, several trainings.

    `versions(path)` says what packages are admitted for a run that starts at `path`.
    """
    scripts = ScriptReader(project)
    claimed: set[str] = set()

    def taken(runs: list[Run], carrier: str = "") -> list[Run]:
        claimed.update(path for run in runs for path in run.files if path != carrier)
        return runs

    for launch in find_launches(project):
        with project.guarded(launch.path):
            program = project.kind(launch.path) in (Kind.NOTEBOOK, Kind.PYTHON)
            if program and not all_exist(project, launch):
                scripts.write(launch.path, versions)
            carrier = launch.path if program else ""  # its own program is another run
            yield taken(launch_runs(project, launch, versions, scripts), carrier)
    configs = [path for path in project.of_kind(Kind.YAML, Kind.JSON, Kind.TOML) if path not in claimed]
    for path in configs:
        with project.guarded(path):
            yield taken(config_runs(project, path, versions))
    for path in entry_scripts(project, claimed):
        if path not in claimed:
            with project.guarded(path):
                yield taken(script_runs(project, path, versions, scripts))


def config_runs(project: Project, path: str, versions: Callable[[str], Versions]) -> list[Run]:
    """The runs that a configuration file describes by itself, when no launch names it: one for each of its documents."""
    source = project.source(path)
    readers = list(frameworks.configs(source.text)) if source is not None else []
    found: list[Run] = []
    for tree in project.documents(path) if readers else ():
        if isinstance(tree, Mapping):
            config = next((reader for reader in readers if reader.recognise(tree)), None)
            found += described_runs(project, path, tree, config, versions) if config is not None else []
    return found


def described_runs(
    project: Project, path: str, tree: Mapping, config: ConfigReader, versions: Callable[[str], Versions]
) -> list[Run]:
    """The runs that a document of a configuration file describes."""

    def build(plan: tuple[int, ...], part: int) -> RunBuilder:
        builder = RunBuilder(project, versions(path), plan=plan, part=part)
        builder.files.append(path)
        builder.labels.append(project.shown(path))
        config.read(tree, path, builder)
        return frameworks.complete(builder)

    return every_way(build)


def script_runs(project: Project, path: str, versions: Callable[[str], Versions], scripts: ScriptReader) -> list[Run]:
    """The runs of a script that no launch in the project names."""

    def build(plan: tuple[int, ...], part: int) -> RunBuilder | None:
        builder = RunBuilder(project, versions(path), directory=posixpath.dirname(path), plan=plan, part=part)
        builder.files.append(path)
        if project.kind(path) is Kind.NOTEBOOK:
            builder.default("launch.launcher", "notebook")
        scripts.read_path(path, builder)
        return None if all(name.startswith("launch.") for name in builder.settings) else frameworks.complete(builder)

    return every_way(build)
