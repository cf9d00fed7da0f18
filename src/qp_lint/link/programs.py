"""What starts a program of the project by other means than its path: modules, installed commands, papermill."""

from __future__ import annotations

import contextlib
import dataclasses
import posixpath
import re

from qp_lint.project import MANIFESTS, Project
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.text import Span
from qp_lint.tree import Mapping, Node, Plain, Scalar, string

_CONSTANTS: dict[str, Plain] = {"True": True, "False": False, "None": None}
_PAIRS = ("-p", "--parameters", "-r", "--parameters_raw")
_FILES = ("-f", "--parameters_file")
_VALUES = (*_FILES, "-k", "--kernel", "--cwd", "--engine", "-y", "--parameters_yaml", "-b", "--parameters_base64")


def started_by_python(builder: RunBuilder, span: Span | None) -> None:
    """Record that a program is started by Python alone, unless a launcher is known."""
    if not builder.is_set("launch.launcher"):
        builder.put("launch.launcher", "python", span=span, rank=Rank.COMMAND)


def module_file(module: str, builder: RunBuilder) -> str | None:
    """The file of a module of the project, as `python -m` finds it."""
    return next((candidate for candidate in module_files(module) if builder.locate(candidate) is not None), None)


def module_files(module: str) -> tuple[str, ...]:
    """The files that `python -m module` may run."""
    path = module.replace(".", "/")
    return f"{path}.py", f"{path}/__main__.py", f"src/{path}.py", f"src/{path}/__main__.py"


def console_script(name: str, builder: RunBuilder) -> str | None:
    """The file behind a command that a package of the project installs: `train = "package.train:main"` of pyproject.toml,
    setup.cfg or setup.py.

    The builder is told which function is called.
    """
    near = (builder.locate(manifest) for manifest in MANIFESTS)
    for path in dict.fromkeys((*(found for found in near if found is not None), *builder.project.manifests())):
        module, _, function = _installed(name, path, builder.project).partition(":")
        folder, package = posixpath.dirname(path), module.strip().replace(".", "/")
        files = (*module_files(module.strip()), f"{package}/__init__.py", f"src/{package}/__init__.py") if package else ()
        found = next((place for file in files if (place := builder.project.locate(file, folder, builder.directory, ""))), None)
        if found is not None:
            builder.files.append(path)
            builder.function = function.partition("[")[0].strip()
            started_by_python(builder, builder.spans[-1] if builder.spans else None)
            return found
    return None


def _installed(name: str, path: str, project: Project) -> str:
    """The function behind a command that a package installs, `package.module:function`, as its manifest names it."""
    if not path.endswith(".toml"):
        source = project.source(path)
        pattern = rf"""(?:^|["'])\s*{re.escape(name)}\s*=\s*([\w.]+\s*:\s*[\w.]+)"""
        found = re.search(pattern, source.text, re.MULTILINE) if source is not None else None
        return found[1] if found is not None else ""
    tree = project.data(path)
    for table in ("project.scripts", "tool.poetry.scripts"):
        scripts = tree.get(table) if isinstance(tree, Mapping) else None
        if isinstance(scripts, Mapping) and name in scripts.entries:
            return string(scripts.entries[name].value) or ""
    return ""


def papermill(words: list[Node], builder: RunBuilder) -> str | None:
    """The notebook that `papermill in.ipynb out.ipynb -p name value` runs (papermill 2, cli.py); the builder gets them."""
    notebook: str | None = None
    left = list(words)
    while left:
        flag = string(left.pop(0)) or ""
        if flag in _PAIRS and len(left) > 1:
            name, value = string(left.pop(0)), left.pop(0)
            if name is not None:
                builder.parameters[name] = value if flag in ("-r", "--parameters_raw") else _typed(value)
        elif flag in _VALUES and left:
            value = left.pop(0)
            tree = builder.open_data(string(value) or "") if flag in _FILES else None
            if isinstance(tree, Mapping):
                builder.parameters |= {name: entry.value for name, entry in tree.entries.items()}
        elif not flag.startswith("-") and notebook is None:
            notebook = flag
    builder.put("launch.launcher", "notebook", key="papermill", span=words[0].span if words else None, rank=Rank.COMMAND)
    return notebook


def _typed(word: Node) -> Node:
    """A word as `-p` reads it: a constant or number where it is one."""
    written = string(word)
    if written is None or not isinstance(word, Scalar):
        return word
    if written in _CONSTANTS:
        return dataclasses.replace(word, value=_CONSTANTS[written])
    for convert in (float, int):
        with contextlib.suppress(ValueError):
            word = dataclasses.replace(word, value=convert(written))
    return word
