"""Jupyter notebooks: `!accelerate launch …`, `%run`, `%%bash` cells, files that `%%writefile` writes.

The Python program of the cells is no launch: it is an entry point like a script (`link.entries`).
"""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, run_script
from qp_lint.discover import Kind
from qp_lint.project import Project


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of a notebook's cells."""
    notebook = project.notebook(path)
    if notebook is not None:
        for command in run_script(project, path, notebook.shell, {}):
            yield Launch(path, command)


CARRIER = Carrier((Kind.NOTEBOOK,), read, marks=(r'"(?:cells|worksheets)"',))
