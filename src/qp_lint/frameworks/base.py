"""What one framework module tells the rest of qp-lint.

A module in this package defines `FRAMEWORK = Framework(...)`; the registry finds it by walking the package.  Everything
in it is about *spelling*: which calls, flags, keys and launchers mean which settings.  No rule is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from qp_lint.run import RunBuilder
from qp_lint.tree import Call, Node, Plain
from qp_lint.tree import Mapping as Tree

CallReader: TypeAlias = Callable[[Call, RunBuilder], None]
"""Records what a library call says; reads nested values with `registry.read`."""

ProgramReader: TypeAlias = "Callable[[list[Node], RunBuilder], list[Node] | None]"
"""Reads a launch command: gets the words after the program's name, records what its flags say, and returns the inner
command (`["python", "train.py", …]` as nodes) or None when the program is the whole run and was read."""

ScriptClaim: TypeAlias = Callable[[str, "list[Node]", RunBuilder], bool]
"""`(script, arguments, builder)`: when the script is the framework's own entry point, reads the run and returns True.
`script` is the path as written in the launch command; it need not exist in the project."""


class Removal(Enum):
    """The type of `REMOVE`: the entry is taken out (None is a value)."""

    REMOVE = 0


REMOVE: Final = Removal.REMOVE


@dataclass(frozen=True, slots=True)
class Dtype:
    """A data type by torch's name: `torch.bfloat16` where torch is at hand, else `bfloat16`, or as short as it was."""

    name: str


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression and what it needs imported: (module, name)."""

    text: str
    imports: tuple[tuple[str, str], ...] = ()


Wanted: TypeAlias = str | int | float | bool | Dtype | Code | Removal | None
"""What an entry should become."""

Around: TypeAlias = Sequence[Mapping[str, str]]
"""The mapping that a setting stands in (a call's keywords, a command's options) and those around it, innermost first: by key,
each value as it is written."""

Entries: TypeAlias = tuple[int, Mapping[str, Wanted]]
"""Which of the mappings around a place to change, and what its entries should become."""

Writer: TypeAlias = Callable[[Plain, Around], Entries | None]
"""How a setting is written: `(value, around)`; None when it is not written in this form there."""


@dataclass(frozen=True, slots=True)
class ConfigReader:
    """A kind of configuration file that by itself describes a run (LLaMA-Factory's or axolotl's YAML).

    `recognise` says from the keys whether a tree is one (it must not take another framework's file for its own);
    `read` records its settings.  `path` is the file's project path.
    """

    recognise: Callable[[Tree], bool]
    read: Callable[[Tree, str, RunBuilder], None]


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework; patterns of calls are `package:Name` or `package:*.method` (fnmatch on the last two names), `:.name` for
    a method of a value.
    """

    name: str  # the value of the setting `framework`
    packages: tuple[str, ...] = ()  # import names
    words: tuple[str, ...] = ()  # a file of it always contains one of these (the byte prefilter)
    calls: Mapping[str, CallReader] = field(default_factory=dict)  # what its calls say
    roots: tuple[str, ...] = ()  # calls that start training: a `…Trainer` makes a run each, loops one together
    loads: tuple[str, ...] = ()  # calls that load a model: a script without roots that has them is an inference run
    globals: tuple[str, ...] = ()  # calls that count for the whole program once evaluated (Accelerator, HfDeepSpeedConfig)
    programs: Mapping[str, ProgramReader] = field(default_factory=dict)  # launch commands by program name
    modules: Mapping[str, ProgramReader] = field(default_factory=dict)  # launch commands by `python -m` name
    config: ConfigReader | None = None  # its run file
    scripts: tuple[str, ...] = ()  # fnmatch patterns of `/path/of/script.py` that `claims` is asked about; none: of all
    claims: ScriptClaim | None = None  # its entry scripts
    finish: Callable[[RunBuilder], None] | None = None  # derives what follows, for every run it took part in
    writes: Mapping[str, Writer] = field(default_factory=dict)  # how fixes write a setting, where that is more than its key
