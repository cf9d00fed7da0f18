"""The version of a project that is itself a package with facts here: a clone of LLaMA-Factory with configurations of a user."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from qp_lint.project import Project
from qp_lint.requirements.base import Pin, normalised
from qp_lint.text import Source
from qp_lint.versions import releases

_NAME = re.compile(r"""^\s*name\s*=\s*["']?([A-Za-z0-9._-]+)["']?\s*,?\s*$""", re.MULTILINE)
_STATIC = re.compile(r"""^\s*version\s*=\s*["']?(\d[\w.+!]*)["']?\s*,?\s*$""", re.MULTILINE)
_NAMED = re.compile(
    r"""^\s*(?:version\s*=\s*\{\s*)?(?P<key>file|attr|path)\s*[=:]\s*\[?\s*["']?(?P<value>[\w./-]+)["']?"""  # pyproject.toml
    r"""|^\s*version\s*=\s*(?P<how>attr|file)\s*:\s*(?P<what>[\w./-]+)""",  # setup.cfg
    re.MULTILINE,
)
_ASSIGNED = re.compile(r"""^\s*(?:__version__|VERSION)\s*(?::[^=\n]*)?=\s*["'](\d[\w.+!]*)["']""", re.MULTILINE)
_ALONE = re.compile(r"""\s*(\d[\w.+!]*)\s*$""")


def own_pin(project: Project, folder: str) -> Pin | None:
    """The version of what a folder's pyproject.toml, setup.cfg or setup.py builds; None when there are no facts about it."""
    for name in ("pyproject.toml", "setup.cfg", "setup.py"):
        path = posixpath.join(folder, name)
        source = project.source(path) if project.exists(path) else None
        built = _NAME.search(source.text) if source is not None else None
        package = normalised(built[1]) if built is not None else ""
        if source is None or package not in releases():
            continue
        if (found := _STATIC.search(source.text)) is not None:
            return _pin(package, source, found)
        for other, pattern in _elsewhere(source.text, folder, package.replace("-", "_")):
            text = project.source(other) if project.exists(other) else None
            if text is not None and (found := pattern.search(text.text)) is not None:
                return _pin(package, text, found)
    return None


def _pin(package: str, source: Source, found: re.Match[str]) -> Pin:
    return Pin(package, f"=={found[1].partition('+')[0]}", source.span(*found.span(1)))


def _elsewhere(text: str, folder: str, package: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Where the version may stand: the file or attribute that is named, else where packages have it."""
    modules = [f"{package}.version", f"{package}._version", package]
    for match in _NAMED.finditer(text):
        value = match["value"] or match["what"]
        if (match["key"] or match["how"]) == "attr":
            modules.insert(0, value.rpartition(".")[0])
        else:
            yield posixpath.join(folder, value), _ASSIGNED if value.endswith(".py") else _ALONE
    for module in modules:
        for base in ("src", ""):
            path = posixpath.join(folder, base, module.replace(".", "/"))
            yield f"{path}.py", _ASSIGNED
            yield f"{path}/__init__.py", _ASSIGNED
    yield posixpath.join(folder, "VERSION"), _ALONE
    yield posixpath.join(folder, "version.txt"), _ALONE
