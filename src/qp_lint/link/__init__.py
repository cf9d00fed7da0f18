"""Joins scripts, configs, launch commands and versions into the runs that a person would launch.

A launch command claims the scripts and configs it reaches; what no launch claims (a train.yaml, a script with a trainer) is a
run of its own, with the launch unknown.  Two files that nothing ties together never make a run.
"""

from __future__ import annotations

from collections.abc import Callable

from qp_lint import frameworks
from qp_lint.discover import Kind
from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.link.entries import entry_scripts
from qp_lint.link.launches import launch_runs, launches
from qp_lint.link.scripts import ScriptReader
from qp_lint.project import Project
from qp_lint.run import Run, RunBuilder, every_way
from qp_lint.tree import Mapping
from qp_lint.versions import Versions


def link(project: Project, versions: Callable[[str], Versions]) -> list[Run]:
    """All runs of a project; `versions(path)` says what packages are admitted for a run that starts at `path`."""
    scripts = ScriptReader(project)
    runs: list[Run] = []
    for launch in launches(project):
        with project.guarded(launch.path):
            runs += launch_runs(project, launch, versions, scripts)
    claimed = {path for run in runs for path in run.files}
    for path in project.of_kind(Kind.YAML, Kind.JSON):
        if path not in claimed:
            with project.guarded(path):
                runs += config_runs(project, path, versions)
    claimed |= {path for run in runs for path in run.files}
    for path in entry_scripts(project, claimed):
        if path not in claimed:
            with project.guarded(path):
                found = script_runs(project, path, versions, scripts)
                claimed |= {path for run in found for path in run.files}
                runs += found
    return runs


def config_runs(project: Project, path: str, versions: Callable[[str], Versions]) -> list[Run]:
    """The run that a configuration file describes by itself, when no launch names it."""
    source = project.source(path)
    if source is None or not any(word in source.text for word in frameworks.config_words()):
        return []
    tree = project.data(path)
    if not isinstance(tree, Mapping):
        return []
    found = recognise(tree)
    if found is None:
        return []
    config = found[1]

    def build(plan: tuple[int, ...], part: int) -> RunBuilder:
        builder = RunBuilder(project, versions(path), plan=plan, part=part)
        builder.files.append(path)
        builder.names.append(project.shown(path))
        config.read(tree, path, builder)
        return frameworks.complete(builder)

    return every_way(build)


def recognise(tree: Mapping) -> tuple[Framework, ConfigReader] | None:
    """The framework whose configuration file a tree is."""
    return next(((framework, config) for framework, config in frameworks.configs() if config.recognise(tree)), None)


def script_runs(project: Project, path: str, versions: Callable[[str], Versions], scripts: ScriptReader) -> list[Run]:
    """The runs of a script that no launch in the project names."""

    def build(plan: tuple[int, ...], part: int) -> RunBuilder | None:
        builder = RunBuilder(project, versions(path), plan=plan, part=part)
        builder.files.append(path)
        scripts.read_path(path, builder)
        return frameworks.complete(builder) if builder.settings else None

    return every_way(build)
