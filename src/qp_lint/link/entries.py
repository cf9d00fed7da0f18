"""Which Python files and notebooks may start a run by themselves: found cheaply, before anything is evaluated."""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint import frameworks
from qp_lint.discover import Kind, is_test
from qp_lint.parse.outline import outline
from qp_lint.project import Project

STARTERS = ("submitit",)  # what a script names that starts functions of other files, which then train
TESTING = frozenset({"pytest", "unittest", "mock"})  # what imports these is no program for a GPU


def entry_scripts(project: Project, claimed: set[str]) -> Iterator[str]:
    """Scripts that train or load a model, those with a `__main__` block first; no packages, no tests (by name or import)."""
    later: list[str] = []
    for path in project.of_kind(Kind.PYTHON, Kind.NOTEBOOK):
        if path in claimed or is_test(path) or path.endswith("__init__.py") or not project.holds(path, _may_matter):
            continue
        source = project.code(path)
        if source is None or not (frameworks.may_start(source.text) or any(word in source.text for word in STARTERS)):
            continue
        found = outline(source)
        if found is None:
            project.module(path)  # records why it does not parse
        elif any(item.module.partition(".")[0] in TESTING for item in found.imports):
            continue
        elif any(item.module.partition(".")[0] in STARTERS for item in found.imports):
            yield path
        elif frameworks.may_start(" ".join(found.words)):  # in code, not in a comment
            if found.main:
                yield path
            elif frameworks.may_start(" ".join(found.top)):  # else it only defines things, which somebody else may use
                later.append(path)
    yield from later


def _may_matter(data: bytes) -> bool:
    """Whether a script may matter: by itself, or by what it starts."""
    return frameworks.may_matter(data) or any(word.encode() in data for word in STARTERS)
