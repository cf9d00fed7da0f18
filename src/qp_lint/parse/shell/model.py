"""What a shell script says: its commands in order, the files it writes, its batch directives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from qp_lint.text import Source, Span
from qp_lint.tree import Arm, Decision, Node

COMMANDS = 20_000  # of one script


class Opener(Protocol):
    """Gives the text of a file that a script names, and what opens the files that this one names; None when it is out of reach.

    `started`: the file is run as a script of its own, not sourced.
    """

    def __call__(self, name: str, started: bool) -> tuple[Source, Opener] | None:
        """The text of the file called `name`."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command that the script runs.

    `words`: its words after expansion: Scalar (a str), Choice (it differs by branch) or Unknown (`hint` is what is sure of
    its beginning; the hint `$@` says that it may stand for any number of words).  A word's span is where a user would change
    it; `via` are the uses that bring it here, nearest first.  `env`: the variables exported to it.  `span`: all of it.
    `directory`: its working directory relative to where the script was started ("" for there, None when it is not known).
    `maybe`: it does not run on every way through the script.  `stdin`: its here-document.  `callers`: the calls of functions
    and scripts through which it is reached, outermost first.  `turns`: the turns of the loops in which these calls stand.
    `decisions`: conditions of the script that known values decided.
    """

    words: tuple[Node, ...]
    env: Mapping[str, Node]
    span: Span
    directory: str | None = ""
    maybe: bool = False
    stdin: Source | None = None
    callers: tuple[Span, ...] = ()
    turns: tuple[Arm, ...] = ()
    decisions: Sequence[Decision] = ()


@dataclass(frozen=True, slots=True)
class Directive:
    """A line for the batch system, `#SBATCH --gres=gpu:8`: the words after `#SBATCH`."""

    words: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Script:
    """A script's commands in the order in which they run (functions where they are called).

    `files`: what here-documents write, by path relative to where the script was started.  `unclosed`: a quote that nothing
    closes, with which the shell refuses what stands behind it.  `env`: the variables that are exported at its end.
    """

    commands: tuple[Command, ...]
    files: Mapping[str, Source] = field(default_factory=dict)
    directives: tuple[Directive, ...] = ()
    unclosed: Span | None = None
    env: Mapping[str, Node] = field(default_factory=dict)
