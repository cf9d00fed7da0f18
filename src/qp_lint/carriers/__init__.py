"""Which files hold launch commands: one module a carrier, found by walking this package.

As with frameworks, what decides whether a carrier has a say is kept as an index, and its module is imported when a file matches.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qp_lint.carriers.base import Carrier, Launch, run_script
from qp_lint.carriers.containers import unboxed
from qp_lint.compiled import compiled, files_below
from qp_lint.discover import Kind
from qp_lint.project import Project
from qp_lint.tree import Node

__all__ = ["Launch", "find_launches", "launches_of", "launches_with"]


@dataclass(frozen=True, slots=True)
class Row:
    """What the index knows of a carrier; see `base.Carrier`."""

    module: str
    kinds: tuple[str, ...]
    name: re.Pattern[str]
    marks: tuple[re.Pattern[bytes], ...]

    def takes(self, kind: str, path: str) -> bool:
        """Whether it may have a say in a file of this kind and project path."""
        return kind in self.kinds and self.name.search(path) is not None

    def holds(self, data: bytes) -> bool:
        """Whether a file with this content has all its marks."""
        return all(mark.search(data) for mark in self.marks)

    @property
    def carrier(self) -> Carrier:
        """The carrier itself; imports its module."""
        return _import(self.module)


def _import(module: str) -> Carrier:
    found: Carrier = importlib.import_module(f"{__name__}.{module}").CARRIER
    return found


@functools.cache
def index() -> tuple[Row, ...]:
    """The index of all carriers, by name of their module."""
    files = files_below(__path__[0], ".py")

    def build() -> list[list[object]]:
        names = [Path(file).stem for file in files if Path(file).stem not in ("__init__", "base", "containers")]
        carriers = [(name, _import(name)) for name in names]
        return [[name, [kind.value for kind in found.kinds], found.name, list(found.marks)] for name, found in carriers]

    rows = compiled("carriers", files, build)
    return tuple(
        Row(module, tuple(kinds), re.compile(name), tuple(re.compile(mark.encode(), re.MULTILINE) for mark in marks))
        for module, kinds, name, marks in rows
    )


def find_launches(project: Project) -> Iterator[Launch]:
    """Every launch command of the project, file by file."""
    for path in project.of_kind(Kind.SHELL):
        with project.guarded(path):
            project.script(path)  # which tells what scripts are part of others
    for path in project.files:
        yield from launches_of(project, path)


def launches_with(project: Project, path: str, env: Mapping[str, Node], arguments: Sequence[Node]) -> Iterator[Launch]:
    """Every launch command of a shell script that is started with these variables and words."""
    source = project.source(path)
    if source is not None:
        with project.guarded(path):
            for command in run_script(project, path, source, env, arguments):
                yield unboxed(project, Launch(path, command))


def launches_of(project: Project, path: str) -> Iterator[Launch]:
    """Every launch command of one file."""
    kind = project.kind(path).value
    for row in index():
        if row.takes(kind, path) and (not row.marks or project.holds(path, row.holds)):
            with project.guarded(path):
                yield from (unboxed(project, launch) for launch in row.carrier.read(project, path))
