"""The values that every parser and the Python evaluator produce.

YAML, JSON, TOML, command-line words and evaluated Python all become these nodes, so that a reader of, say, a DeepSpeed
configuration need not know whether it stood in a JSON file, in a dict of a script or in a here-document.  Each node
knows the span where it is written (`span`, where a user would change it) and the places it was passed through (`via`,
nearest first: the variable's assignment, the call's argument, the launch line).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TypeAlias

from qp_lint.text import Span

Plain: TypeAlias = "str | int | float | bool | None"
COVERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value and where it comes from; `span` is None for what nobody wrote (a default, a derived value)."""

    span: Span | None = None
    via: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """A string, number, boolean or null; `raw` is the text as written (`5e-5`, `010`, `off`), without quotes."""

    value: Plain
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` of a mapping, or one keyword argument; `span` covers the key as written, if it is written."""

    value: Node
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """A mapping with string keys (other keys as their text); `open`: it may hold entries that are not known."""

    entries: dict[str, Entry] = field(default_factory=dict)
    open: bool = False

    def get(self, path: str) -> Node | None:
        """The node at a dotted path, None where it is absent."""
        node: Node | None = self
        for part in path.split("."):
            if not isinstance(node, Mapping) or part not in node.entries:
                return None
            node = node.entries[part].value
        return node


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A list, tuple or set; `open`: it may hold more than is known."""

    items: tuple[Node, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Cover:
    """A value that stands in the place of another one under a key: a word of a command line, over what the file says."""

    key: str
    value: Node
    under: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of something that is not defined in the project: a library's function, class or method.

    `function` is the dotted name through the imports (`transformers.AutoModelForCausalLM.from_pretrained`); for a method of
    a value it is `.name` and `receiver` is the value.  `open`: there are arguments that are not known (`**kwargs`).
    `order` counts evaluated calls of a program from 0; `when` are the undecided branches in which it is evaluated.
    Attributes written to the result (`args.deepspeed = "z3.json"`) are keywords too.
    """

    function: str
    args: tuple[Node, ...] = ()
    keywords: dict[str, Entry] = field(default_factory=dict)
    open: bool = False
    receiver: Node | None = None
    order: int = -1
    when: tuple[Arm, ...] = ()
    name_span: Span | None = None  # the callee as written

    def argument(self, name: str, index: int | None = None) -> Node | None:
        """The argument passed by keyword `name`, or by position `index`."""
        if name in self.keywords:
            return self.keywords[name].value
        if index is not None and index < len(self.args):
            return self.args[index]
        return None


@dataclass(frozen=True, slots=True)
class Reference(Node):
    """A library's name used as a value: `torch.bfloat16`, `transformers.Trainer`; `name` is the dotted path."""

    name: str


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of an undecided branch: `branch` is the span of its condition, `index` counts its `arity` sides from 0."""

    branch: Span
    index: int
    arity: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A condition that known values decided: what stands in `region` is there because of what stands at `places`.

    With `after` it holds for the part of `region` behind that place (what follows an `if` that was not taken and returns).
    `test` is the condition: a value written in it is not one that a user would look for elsewhere.
    """

    region: Span
    test: Span
    places: tuple[Span, ...]
    after: Span | None = None

    def covers(self, place: Span) -> bool:
        """Whether it decided that `place` is reached."""
        return self.region.covers(place) and (self.after is None or self.after.end <= place.start)


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Span):
    """A branch all sides of which are run, one after the other: the head of a loop of a shell, `for name in values`."""

    name: str = ""
    values: tuple[str, ...] = ()  # as far as they are known, else empty


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """One of several values.

    With `branch` (the span of an undecided condition) option i is the value on side i, so that values which the same
    condition decides can be picked together.  Without, it is any of them: a loop variable, the choices of an option.
    """

    options: tuple[Node, ...] = ()
    branch: Span | None = None


_WIDE = 512  # nodes that a value on several branches may be


ANY_WORDS = "$@"  # the hint of an unknown word of a command that stands for any number of words


@dataclass(frozen=True, slots=True)
class Unknown(Node):
    """A value that cannot be told from the text; `hint` keeps what is sure of it, such as a name."""

    hint: str = ""


def choice(options: list[Node], span: Span | None = None, branch: Span | None = None) -> Node:
    """A node that is one of `options`: the node itself when all are the same; without a branch flat and without repeats.

    Branches within branches multiply: what may be too many things is not known.
    """
    if branch is not None:
        if all(option is options[0] for option in options):
            return options[0]
        return Unknown(span=span) if _exceeds(options, _WIDE) else Choice(tuple(options), branch, span=span)
    flat: list[Node] = []
    seen: set[object] = set()
    for option in options:
        for node in leaves(option):
            if isinstance(node, Scalar):
                identity: object = (type(node.value), node.value, node.span)
            elif isinstance(node, Unknown):
                identity = Unknown
            else:
                identity = id(node)
            if identity not in seen:
                seen.add(identity)
                flat.append(node)
    if not flat:
        return Unknown(span=span)
    return flat[0] if len(flat) == 1 else Choice(tuple(flat), span=span)


def _exceeds(options: list[Node], limit: int) -> bool:
    """Whether values may be more than `limit` nodes."""
    left = list(options)
    count = 0
    while left and count <= limit:
        node = left.pop()
        count += 1
        if isinstance(node, Choice):
            left += node.options
    return count > limit


def leaves(node: Node) -> tuple[Node, ...]:
    """The nodes that a value may be: several for a Choice (of Choices), else itself."""
    if not isinstance(node, Choice):
        return (node,)
    return tuple(leaf for option in node.options for leaf in leaves(option))


def cover(covers: list[Cover], key: str, value: Node, under: Node | None) -> None:
    """Note that a value takes the place of another one, if there is one; of more than a person would look at, the first."""
    if under is not None and under is not value and len(covers) < COVERS:
        covers.append(Cover(key, value, under))


def string(node: Node | None) -> str | None:
    """The string that a node is known to be."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def possible(node: Node) -> tuple[tuple[Plain, ...], bool]:
    """The plain values a node may have, and whether these are all: `((), False)` for an unknown one."""
    values: list[Plain] = []
    exact = True
    for option in leaves(node):
        if isinstance(option, Scalar):
            if not any(option.value == v and type(option.value) is type(v) for v in values):
                values.append(option.value)
        else:
            exact = False
    return tuple(values), exact


def through(node: Node, *spans: Span | None) -> Node:
    """The same value, reached through further places (nearest first); for a Choice, each of its options."""
    places = tuple(span for span in spans if span is not None and span != node.span and span not in node.via)
    if not places:
        return node
    if isinstance(node, Choice):
        return dataclasses.replace(node, options=tuple(through(option, *places) for option in node.options))
    return dataclasses.replace(node, via=node.via + places)
