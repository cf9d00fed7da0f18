"""Sweeps of Weights & Biases: `program:` or `command:` with a word `--name=value` for each parameter.

docs.wandb.ai, "Sweep configuration structure": without a command it is `/usr/bin/env python program --name=value …`; `${args}`
and its relatives stand for those words.  Each value of a list is a run of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, words_of
from qp_lint.discover import Kind
from qp_lint.parse.shell import Command
from qp_lint.project import Project
from qp_lint.tree import Choice, Loop, Mapping, Node, Scalar, Sequence, Unknown, string

PREFIX = {"${args}": "--", "${args_no_hyphens}": "", "${args_no_boolean_flags}": "--"}
VALUES = 16


def read(project: Project, path: str) -> Iterator[Launch]:
    """The command that the agent of a sweep runs."""
    tree = project.data(path)
    if not isinstance(tree, Mapping):
        return
    program = tree.get("program")
    command = tree.get("command")
    given = (
        words_of(command)
        if isinstance(command, Sequence)
        else [Scalar("${interpreter}"), Scalar("${program}"), Scalar("${args}")]
    )
    place = next((node.span for node in (command, program) if node is not None and node.span is not None), None)
    if place is None:
        return
    words: list[Node] = []
    for word in given:
        text = string(word)
        if text == "${interpreter}":
            words.append(Scalar("python", "python", span=word.span or place))
        elif text == "${program}":
            words.append(program if isinstance(program, Scalar) else Unknown(span=word.span))
        elif text in PREFIX:
            words += _parameters(tree.get("parameters"), PREFIX[text])
        elif text not in ("${env}", "/usr/bin/env"):
            words.append(Unknown(span=word.span) if text is not None and "${" in text else word)
    yield Launch(path, Command(tuple(words), {}, place))


def _parameters(tree: Node | None, prefix: str) -> Iterator[Node]:
    """The word of each parameter; one that is drawn from a range is not known."""
    for name, entry in tree.entries.items() if isinstance(tree, Mapping) else ():
        about = entry.value
        one = about.get("value") if isinstance(about, Mapping) else None
        several = about.get("values") if isinstance(about, Mapping) else None
        flag = f"{prefix}{name}="
        if isinstance(one, Scalar):
            yield _word(flag, one)
        elif isinstance(several, Sequence) and 0 < len(several.items) <= VALUES and not several.open:
            options = [_word(flag, item) for item in several.items]
            shown = tuple(str(item.value) if isinstance(item, Scalar) else "?" for item in several.items)
            place = several.span or entry.span
            if len(options) == 1 or place is None:
                yield options[0]
            else:
                yield Choice(tuple(options), Loop(place.source, place.start, place.end, name, shown), span=place)
        else:
            yield Unknown(hint=flag, span=entry.span)


def _word(flag: str, value: Node) -> Node:
    if not isinstance(value, Scalar):
        return Unknown(hint=flag, span=value.span)
    text = f"{flag}{'' if value.value is None else value.value}"
    return Scalar(text, text, span=value.span, via=value.via)


CARRIER = Carrier(
    (Kind.YAML,),
    read,
    marks=(r"^method[ \t]*:[ \t]*[\"']?(?:grid|random|bayes)", r"^parameters[ \t]*:", r"^(?:program|command)[ \t]*:"),
)
