"""How each framework spells its settings: one module a framework, found by walking this package."""

from __future__ import annotations

import fnmatch
import functools
import importlib
import pkgutil
import re
from collections.abc import Iterator

from qp_lint.frameworks.base import CallReader, ConfigReader, Framework, ProgramReader
from qp_lint.run import RunBuilder
from qp_lint.tree import Call, Node, leaves


@functools.cache
def frameworks() -> tuple[Framework, ...]:
    """All frameworks, by name of their module."""
    found = []
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if hasattr(module, "FRAMEWORK"):
            found.append(module.FRAMEWORK)
    return tuple(found)


def _tail(function: str) -> tuple[str, str]:
    """The package and the last two names of a dotted function: what patterns are matched with."""
    if function.startswith("."):
        return "", function
    package, _, rest = function.partition(".")
    parts = rest.split(".")
    return package, ".".join(part for part in parts[-2:] if part[:1].isupper() or part == parts[-1])


@functools.cache
def _patterns(kind: str) -> tuple[tuple[str, str, Framework, CallReader | None], ...]:
    rows = []
    for framework in frameworks():
        if kind == "calls":
            rows += [(*pattern.split(":", 1), framework, reader) for pattern, reader in framework.calls.items()]
        else:
            rows += [(*pattern.split(":", 1), framework, None) for pattern in getattr(framework, kind)]
    return tuple(rows)  # type: ignore[arg-type]


@functools.cache
def _match(kind: str, function: str) -> tuple[Framework, CallReader | None] | None:
    package, tail = _tail(function)
    for wanted, pattern, framework, reader in _patterns(kind):
        if wanted == package and fnmatch.fnmatchcase(tail, pattern):
            return framework, reader
    return None


def reader_of(function: str) -> CallReader | None:
    """The reader for calls of `function`, if some framework has one."""
    found = _match("calls", function)
    return found[1] if found else None


def is_root(function: str) -> bool:
    """Whether a call of `function` starts training."""
    return _match("roots", function) is not None


def is_load(function: str) -> bool:
    """Whether a call of `function` loads a model."""
    return _match("loads", function) is not None


def is_global(function: str) -> bool:
    """Whether a call of `function` counts for the whole program."""
    return _match("globals", function) is not None


def framework_of(function: str) -> Framework | None:
    """The framework that knows `function`."""
    found = _match("roots", function) or _match("calls", function)
    return found[0] if found else None


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
    return next((f.programs[name] for f in frameworks() if name in f.programs), None)


def module_program(name: str) -> ProgramReader | None:
    """The reader of `python -m name`."""
    return next((f.modules[name] for f in frameworks() if name in f.modules), None)


def configs() -> Iterator[tuple[Framework, ConfigReader]]:
    """The frameworks whose configuration file describes a run."""
    return ((f, f.config) for f in frameworks() if f.config is not None)


def complete(builder: RunBuilder) -> RunBuilder:
    """Derive what follows from everything read: each framework that took part, then what holds for all."""
    from qp_lint.frameworks.derive import derive

    present = {setting.framework for setting in builder.settings.values()} | {builder.known("framework")}
    for framework in frameworks():
        if framework.finish is not None and framework.name in present:
            framework.finish(builder)
    derive(builder)
    return builder


def may_start(text: str) -> bool:
    """Whether a script with this text may start a run: it names a call that trains or loads a model.

    A name that is a plain word (`prepare`, `load`) counts only beside a word of its framework.
    """
    telling, plain = _entry_names()
    return telling.search(text) is not None or any(
        name.search(text) is not None and any(word in text for word in words) for name, words in plain
    )


@functools.cache
def _entry_names() -> tuple[re.Pattern[str], tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]]:
    """What finds the last names of the calls that start a run; plain words apart, with what has to stand beside them."""
    telling: set[str] = set()
    plain: dict[str, set[str]] = {}
    for framework in frameworks():
        for pattern in (*framework.roots, *framework.loads):
            package, _, tail = pattern.partition(":")
            name = tail.rpartition(".")[2]
            if name.isalpha() and name.islower():
                plain.setdefault(name, set()).update((package,) if package else framework.words)
            else:
                telling.add(re.escape(name).replace(r"\*", r"\w*"))
    words = re.compile(rf"\b(?:{'|'.join(sorted(telling))})\b")
    return words, tuple((re.compile(rf"\b{name}\b"), tuple(sorted(beside))) for name, beside in sorted(plain.items()))


@functools.cache
def config_words() -> frozenset[str]:
    """A configuration file that describes a run contains one of these."""
    return frozenset(word for framework in frameworks() if framework.config is not None for word in framework.words)
