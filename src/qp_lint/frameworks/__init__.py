"""How each framework spells its settings: one module a framework, found by walking this package.

Importing all of them costs more than checking a small file, so what decides whether one has a say (its words, patterns of calls
and launchers) is kept as an index (`compiled`), and a module is imported when something in a file matches.
"""

from __future__ import annotations

import fnmatch
import functools
import importlib
import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qp_lint.compiled import compiled, files_below
from qp_lint.frameworks.base import CallReader, ConfigReader, Framework, ProgramReader, ScriptClaim, Writer
from qp_lint.run import RunBuilder
from qp_lint.tree import Call, Node, leaves

LISTS = ("words", "calls", "roots", "loads", "globals", "programs", "modules", "scripts")
PARTS = ("config", "claims", "finish")


@dataclass(frozen=True, slots=True)
class Row:
    """What the index knows of a framework: see `base.Framework`; of calls, programs and modules the names only."""

    module: str
    name: str
    words: tuple[str, ...]
    calls: tuple[str, ...]
    roots: tuple[str, ...]
    loads: tuple[str, ...]
    globals: tuple[str, ...]
    programs: tuple[str, ...]
    modules: tuple[str, ...]
    scripts: tuple[str, ...]
    parts: tuple[str, ...]  # which of PARTS it has

    @property
    def framework(self) -> Framework:
        """The framework itself; imports its module."""
        return _import(self.module)  # type: ignore[return-value]


def _import(module: str) -> Framework | None:
    return getattr(importlib.import_module(f"{__name__}.{module}"), "FRAMEWORK", None)


def _module_names() -> list[str]:
    """The modules of this package, by name."""
    found = []
    with os.scandir(__path__[0]) as entries:
        for entry in entries:
            if entry.name.endswith(".py") and not entry.name.startswith("__"):
                found.append(entry.name[:-3])
            elif os.path.exists(os.path.join(entry.path, "__init__.py")):
                found.append(entry.name)
    return sorted(found)


def frameworks() -> tuple[Framework, ...]:
    """All frameworks, by name of their module."""
    return tuple(row.framework for row in index())


@functools.cache
def index() -> tuple[Row, ...]:
    """The index of all frameworks, by name of their module."""

    def build() -> list[tuple[Any, ...]]:
        rows = []
        for module in _module_names():
            framework = _import(module)
            if framework is not None:
                parts = [name for name in PARTS if getattr(framework, name) is not None]
                rows.append((module, framework.name, *(list(getattr(framework, name)) for name in LISTS), parts))
        return rows

    rows = compiled("frameworks", files_below(__path__[0], ".py"), build)
    return tuple(Row(module, name, *map(tuple, lists)) for module, name, *lists in rows)


def _tail(function: str) -> tuple[str, str]:
    """The package and the last two names of a dotted function: what patterns are matched with."""
    if function.startswith("."):
        return "", function
    package, _, rest = function.partition(".")
    parts = rest.split(".")
    return package, ".".join(part for part in parts[-2:] if part[:1].isupper() or part == parts[-1])


@functools.cache
def _patterns(kind: str) -> tuple[tuple[str, str, str, Row], ...]:
    """(package, pattern of the last two names, both as written, framework) of every pattern of a kind."""
    rows = []
    for row in index():
        for written in getattr(row, kind):
            package, _, pattern = written.partition(":")
            rows.append((package, pattern, written, row))
    return tuple(rows)


@functools.cache
def _match(kind: str, function: str) -> tuple[Row, str] | None:
    package, tail = _tail(function)
    for wanted, pattern, written, row in _patterns(kind):
        if wanted == package and fnmatch.fnmatchcase(tail, pattern):
            return row, written
    return None


def reader_of(function: str) -> CallReader | None:
    """The reader for calls of `function`, if some framework has one."""
    found = _match("calls", function)
    return found[0].framework.calls[found[1]] if found else None


def is_root(function: str) -> bool:
    """Whether a call of `function` starts training."""
    return _match("roots", function) is not None


def is_load(function: str) -> bool:
    """Whether a call of `function` loads a model."""
    return _match("loads", function) is not None


def is_global(function: str) -> bool:
    """Whether a call of `function` counts for the whole program."""
    return _match("globals", function) is not None


def framework_of(function: str) -> str | None:
    """The name of the framework that knows `function`."""
    found = _match("roots", function) or _match("calls", function)
    return found[0].name if found else None


def read(node: Node | None, builder: RunBuilder) -> None:
    """Read what a value says, if it is a library call that a framework knows; of an undecided branch the side taken."""
    if node is None:
        return
    for option in leaves(builder.pick(node)):
        if isinstance(option, Call):
            reader = reader_of(option.function)
            if reader is not None:
                with builder.passing(*option.via):
                    reader(option, builder)


def program(name: str) -> ProgramReader | None:
    """The reader of a launch command by program name."""
    return next((row.framework.programs[name] for row in index() if name in row.programs), None)


def module_program(name: str) -> ProgramReader | None:
    """The reader of `python -m name`."""
    return next((row.framework.modules[name] for row in index() if name in row.modules), None)


def claims(script: str) -> Iterator[ScriptClaim]:
    """What the frameworks with entry scripts of their own ask of a script (its path as written)."""
    path = f"/{posixpath.normpath(script)}"
    for row in index():
        if "claims" in row.parts and (not row.scripts or any(fnmatch.fnmatchcase(path, pattern) for pattern in row.scripts)):
            claim = row.framework.claims
            if claim is not None:
                yield claim


def configs(text: str) -> Iterator[ConfigReader]:
    """The readers of configuration files that describe a run, of the frameworks one of whose words stands in `text`."""
    for row in index():
        if "config" in row.parts and any(word in text for word in row.words):
            config = row.framework.config
            if config is not None:
                yield config


def writers(setting: str, framework: str) -> list[Writer]:
    """How a setting may be written: by the framework that read it, then by the others."""
    own_first = sorted(frameworks(), key=lambda f: f.name != framework)
    return [f.writes[setting] for f in own_first if setting in f.writes]


def complete(builder: RunBuilder) -> RunBuilder:
    """Derive what follows from everything read: each framework that took part, then what holds for all."""
    from qp_lint.frameworks.derive import derive

    present = {setting.framework for setting in builder.settings.values()} | {builder.known("framework")}
    for row in index():
        if "finish" in row.parts and row.name in present:
            finish = row.framework.finish
            if finish is not None:
                finish(builder)
    derive(builder)
    return builder


def may_start(text: str) -> bool:
    """Whether a script with this text may start a run: it names a call that trains or loads a model.

    A name that is a plain word (`prepare`, `load`) counts only beside a word of its framework.
    """
    parts, telling, plain = _entry_names()
    return (any(part in text for part in parts) and telling.search(text) is not None) or any(
        name in text and any(word in text for word in words) and re.search(rf"\b{name}\b", text) for name, words in plain
    )


@functools.cache
def _entry_names() -> tuple[tuple[str, ...], re.Pattern[str], tuple[tuple[str, tuple[str, ...]], ...]]:
    """The last names of the calls that start a run: strings one of which is in each of them, and a pattern of them.

    Plain words apart, with what has to stand beside them.
    """
    telling: set[str] = set()
    plain: dict[str, set[str]] = {}
    for row in index():
        for pattern in (*row.roots, *row.loads):
            package, _, tail = pattern.partition(":")
            name = tail.rpartition(".")[2]
            if name.isalpha() and name.islower():
                plain.setdefault(name, set()).update((package,) if package else row.words)
            else:
                telling.add(name)
    parts = tuple(sorted({max(name.split("*"), key=len) for name in telling}))
    words = (re.escape(name).replace(r"\*", r"\w*") for name in sorted(telling))
    return (
        parts,
        re.compile(rf"\b(?:{'|'.join(words)})\b"),
        tuple((name, tuple(sorted(near))) for name, near in sorted(plain.items())),
    )


@functools.cache
def _telling() -> re.Pattern[bytes]:
    words = {word for row in index() for word in (*row.words, *row.programs)}
    return re.compile("|".join(re.escape(word) for word in sorted(words)).encode())


def may_matter(data: bytes) -> bool:
    """Whether a file with this content may have a part in a run: it holds a word of a framework or starts its program."""
    return _telling().search(data) is not None
