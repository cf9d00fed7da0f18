"""References from one file of a run to another: `--config_file fsdp.yaml`, `deepspeed="ds_z3.json"`, `deepspeed: ds_z3.json`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from qp_lint.pipeline import Result
from qp_lint.text import Source, Span

TOKEN = re.compile(r"""[^\s"'`=,;:()\[\]<>|&]+""")


def links(result: Result, path: str, source: Source) -> Iterator[tuple[Span, str]]:
    """Every place of a file (project path) that names another file which one of its runs reads, with that file's project path.

    Only what the runs were linked by counts, so a word that merely looks like a path is none.
    """
    targets = {other for files in result.read if path in files for other in files} - {path}
    by_name: dict[str, list[str]] = {}
    for target in targets:
        by_name.setdefault(posixpath.basename(target), []).append(target)
    for match in TOKEN.finditer(source.text):
        written = match[0]
        for target in sorted(by_name.get(posixpath.basename(written), ())):
            if _means(written, target, path):
                yield source.span(match.start(), match.end()), target
                break


def _means(written: str, target: str, path: str) -> bool:
    """Whether a path as written may name a project file: from the root, a folder above the file, or below a variable's value."""
    folders, folder = [""], posixpath.dirname(path)
    while folder and folder != "/":
        folders.append(folder)
        folder = posixpath.dirname(folder)
    if any(posixpath.normpath(posixpath.join(folder, written)) == target for folder in folders):
        return True
    _, _, tail = written.rpartition("}" if "}" in written else "$")
    tail = tail.partition("/")[2] if tail != written else posixpath.normpath(written)  # a launch may have changed the folder
    while tail.startswith("../"):
        tail = tail[3:]
    return bool(tail) and f"/{target}".endswith(f"/{tail}")
