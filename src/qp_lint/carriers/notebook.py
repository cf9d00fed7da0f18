"""Jupyter notebooks: `!accelerate launch …`, `%run`, `%%bash` cells, files that `%%writefile` writes.

The Python program of the cells is no launch: it is an entry point like a script (`link.entries`).
"""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, Mounts, run_script
from qp_lint.discover import Kind
from qp_lint.project import Project


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of a notebook's cells."""
    notebook = project.notebook(path)
    home = Mounts(folders=[("/content", posixpath.dirname(path))])  # Colab's working directory
    if notebook is not None:
        for command in run_script(project, path, notebook.shell, {}):
            words = tuple(home.word(word, "") for word in command.words)
            yield Launch(path, dataclasses.replace(command, words=words))


CARRIER = Carrier((Kind.NOTEBOOK,), read, marks=(r'"(?:cells|worksheets)"',))
