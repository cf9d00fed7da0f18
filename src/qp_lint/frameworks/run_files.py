"""What frameworks with a run file share: the folder that the paths in it count from."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from qp_lint.run import RunBuilder


def folder_of(names: Iterable[str | None], path: str, builder: RunBuilder) -> str:
    """The working directory that a run file was written for: the nearest folder above it that has the files it names.

    `names` are those paths (files, or model folders), `path` is the project path of the run file.
    """
    named = [name for name in names if name]
    folder = posixpath.dirname(path)
    while True:
        for name in named:
            if any(builder.project.exists(posixpath.normpath(posixpath.join(folder, name, end))) for end in ("", "config.json")):
                return folder
        if not folder or folder == "/":
            return posixpath.dirname(path)
        folder = posixpath.dirname(folder)
