"""Places as other programs write them: other units for columns, paths from the repository's root, URIs.

Paths in a `View` are relative to the working directory or absolute; services that show findings beside the code want them
from the root of the repository, which is found here by its `.git`.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from qp_lint.report.view import Place
from qp_lint.text import Position


def units(text: str, encoding: str = "utf-16") -> int:
    """How long a text is where positions count UTF-16 units, or in another `PositionEncodingKind` of LSP."""
    if encoding == "utf-32":
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def counted(place: Place, encoding: str = "utf-16") -> tuple[tuple[int, int], tuple[int, int]]:
    """Start and end as (line from 0, units from 0): how editors count."""
    start, end = ((point.line - 1, units(_before(place, point), encoding)) for point in (place.start, place.end))
    return start, end


def utf8(place: Place) -> tuple[tuple[int, int], tuple[int, int]]:
    """Start and end as (line from 1, UTF-8 bytes from 1): how rdjson counts."""
    start, end = (
        (point.line, len(_before(place, point).encode("utf-8", "surrogatepass")) + 1) for point in (place.start, place.end)
    )
    return start, end


def _before(place: Place, point: Position) -> str:
    """What stands before a point on its line."""
    return dict(place.lines).get(point.line, "")[: point.column - 1]


def repository() -> str:
    """The root of the repository that the working directory lies in; outside of any the working directory itself."""
    here = os.getcwd()
    folder = here
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return here
        folder = above
    return folder


def repository_path(path: str) -> str:
    """A path of a report as seen from the repository's root, with slashes; one that lies outside stays absolute."""
    root = repository()
    whole = os.path.abspath(path)
    if whole == root or whole.startswith(os.path.join(root, "")):
        return posixpath.join(*os.path.relpath(whole, root).split(os.sep))
    return whole.replace(os.sep, "/")


def file_uri(path: str) -> str:
    """The `file:` URI of a path of a report."""
    return Path(os.path.abspath(path)).as_uri()
