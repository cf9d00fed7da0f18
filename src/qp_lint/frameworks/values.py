"""Small readers of nodes: what a written value means in the vocabulary's own words.

Each maps over the options of a `Choice`, so that values which a branch decides stay together, and keeps the place where
the value is written.  What cannot be told becomes `Unknown`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.text import Span
from qp_lint.tree import Call, Choice, Entry, Mapping, Node, Plain, Reference, Scalar, Unknown, leaves, string

Convert: TypeAlias = Callable[[Node], Node]


class Missing(Enum):
    """The type of `MISSING`: no default is documented (None is a value)."""

    MISSING = 0


MISSING: Final = Missing.MISSING

DTYPES = {
    "bf16": "bfloat16",
    "bfloat16": "bfloat16",
    "fp16": "float16",
    "float16": "float16",
    "half": "float16",
    "fp32": "float32",
    "float32": "float32",
    "float": "float32",
    "float64": "float64",
    "double": "float64",
    "uint8": "uint8",
    "int8": "int8",
    "auto": "auto",
    "float8_e4m3fn": "float8_e4m3fn",
}
TRUE = frozenset({"true", "1", "yes", "y", "t", "on"})
FALSE = frozenset({"false", "0", "no", "n", "f", "off"})


def each(node: Node, convert: Convert) -> Node:
    """`convert` applied to a value, or to every option of a Choice."""
    if isinstance(node, Choice):
        return dataclasses.replace(node, options=tuple(each(option, convert) for option in node.options))
    return convert(node)


def said(node: Node, value: Plain) -> Scalar:
    """A plain value in the place of `node`."""
    return Scalar(value, span=node.span, via=node.via)


def unclear(node: Node) -> Unknown:
    """An unknown value in the place of `node`."""
    return Unknown(span=node.span, via=node.via)


def json_object(node: Node) -> Node:
    """The mapping that a string beginning with `{` is the text of, with its places; any other value as it is."""
    text = string(node)
    if text is None or not text.startswith("{"):
        return node
    from qp_lint.parse import ParseError
    from qp_lint.parse.json import parse_json
    from qp_lint.parse.strings import embedded

    source = embedded([Scalar(text, span=node.span)])
    try:
        found = parse_json(source) if source is not None else None
    except ParseError:
        return unclear(node)
    return dataclasses.replace(found, via=node.via) if isinstance(found, Mapping) else unclear(node)


def flag(node: Node | None) -> bool | None:
    """The truth value that a node is known to have; the words of YAML and of command lines count."""
    if not isinstance(node, Scalar):
        return None
    if isinstance(node.value, str):
        word = node.value.strip().lower()
        return True if word in TRUE else False if word in FALSE else None
    return bool(node.value)


def is_null(node: Node | None) -> bool:
    """Whether a value is absent or a written null."""
    return node is None or (isinstance(node, Scalar) and node.value is None)


def boolean(node: Node) -> Node:
    """Truth values: `true`, `"True"`, `1`; null stays null."""

    def convert(option: Node) -> Node:
        if is_null(option):
            return option
        value = flag(option)
        return unclear(option) if value is None else said(option, value)

    return each(node, convert)


def inverted(node: Node) -> Node:
    """The opposite truth value (`disable_exllama`)."""
    return each(boolean(node), lambda option: option if flag(option) is None else said(option, not flag(option)))


def integer(node: Node) -> Node:
    """Whole numbers, also written as strings."""

    def convert(option: Node) -> Node:
        if isinstance(option, Scalar):
            value = option.value
            if value is None or (isinstance(value, int) and not isinstance(value, bool)):
                return option
            if isinstance(value, float) and value.is_integer():
                return said(option, int(value))
            if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
                return said(option, int(value))
        return unclear(option)

    return each(node, convert)


def real(node: Node) -> Node:
    """Numbers, also written as strings (`"1e-4"`); "auto" stays, as DeepSpeed's configuration has it."""

    def convert(option: Node) -> Node:
        value = option.value if isinstance(option, Scalar) else True
        if value is None or value == "auto" or (isinstance(value, int | float) and not isinstance(value, bool)):
            return option
        try:
            return said(option, float(value)) if isinstance(value, str) else unclear(option)
        except ValueError:
            return unclear(option)

    return each(node, convert)


def number(node: Node | None) -> int | None:
    """The whole number that a node is known to be."""
    found = integer(node) if node is not None else None
    return found.value if isinstance(found, Scalar) and isinstance(found.value, int) else None


def word(node: Node) -> Node:
    """Strings; a member of an enumeration (`ShardingStrategy.FULL_SHARD`) is its name."""

    def convert(option: Node) -> Node:
        if isinstance(option, Reference):
            return said(option, option.name.rpartition(".")[2])
        if isinstance(option, Scalar) and (option.value is None or isinstance(option.value, str)):
            return option
        return unclear(option)

    return each(node, convert)


def lower(node: Node) -> Node:
    """Strings and enumeration members in lower case."""
    return each(word(node), lambda option: said(option, value.lower()) if (value := string(option)) is not None else option)


def upper(node: Node) -> Node:
    """Strings and enumeration members in upper case."""
    return each(word(node), lambda option: said(option, value.upper()) if (value := string(option)) is not None else option)


def dtype(node: Node) -> Node:
    """Data types as torch names them, without `torch.`: from `torch.bfloat16`, `"bf16"`, `"torch.bfloat16"`."""

    def convert(option: Node) -> Node:
        if isinstance(option, Reference):
            name = option.name.rpartition(".")[2]
        elif isinstance(option, Scalar) and isinstance(option.value, str):
            name = option.value.removeprefix("torch.").lower()
        else:
            return option if is_null(option) else unclear(option)
        known = DTYPES.get(name)
        return said(option, known) if known else unclear(option)

    return each(node, convert)


def one(node: Node | None, builder: RunBuilder) -> Node | None:
    """The value on the side that this build takes; of several that no branch decides, an unknown one."""
    if node is None:
        return None
    node = builder.pick(node)
    if isinstance(node, Choice):
        options = leaves(node)
        return options[0] if len(options) == 1 else Unknown(span=node.span or options[0].span, via=node.via)
    return node


def unpacked(node: Node | None, builder: RunBuilder) -> Node | None:
    """The value on the side that this build takes; of what a call gives several of, the first stands for the call."""
    from qp_lint.evaluate.values import Part

    node = one(node, builder)
    return node.base if isinstance(node, Part) and node.name == "0" else node


def fields(node: Call | Mapping, *positional: str) -> Mapping:
    """The arguments of a call, or the entries of a mapping, by name; `positional` names the positional ones."""
    if isinstance(node, Mapping):
        return node
    entries = {name: Entry(value, value.span) for name, value in zip(positional, node.args, strict=False)}
    return Mapping({**entries, **node.keywords}, node.open, span=node.name_span or node.span, via=node.via)


def first_of(tree: Mapping, *names: str) -> tuple[str, Entry] | None:
    """The first of several spellings that a mapping has."""
    return next(((name, tree.entries[name]) for name in names if name in tree.entries), None)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the entries of one mapping into settings.

    `rank` is who wrote the mapping.  `default_rank` is the one at which defaults count: that of the mapping where leaving a key
    out overrides what a launch said.  `implied_by` is the place of a default, the mapping itself unless given.
    """

    builder: RunBuilder
    tree: Mapping
    framework: str
    rank: Rank
    default_rank: Rank = Rank.DEFAULT
    implied_by: Span | None = None

    def put(
        self, names: str | Iterable[str], setting: str, convert: Convert = word, default: Plain | Missing = MISSING
    ) -> Node | None:
        """Record an entry under a setting, or its default; returns what is written there.

        `names` are its spellings, the first that is present counts.  A mapping that may hold more than is known has no
        defaults: the setting is then recorded as unknown, below everything that is written elsewhere.
        """
        spellings = (names,) if isinstance(names, str) else tuple(names)
        found = first_of(self.tree, *spellings)
        if found is not None:
            name, entry = found
            self.say(setting, convert(entry.value), name)
            return entry.value
        if self.tree.open:
            self.unsure(setting, spellings[0])
        elif default is not MISSING:
            self.say(setting, default, spellings[0], rank=self.default_rank, span=self.implied_by or self.tree.span)
        return None

    def say(self, setting: str, value: Node | Plain, key: str, *, rank: Rank | None = None, span: Span | None = None) -> None:
        """Record a setting that this mapping's entry `key` means."""
        rank = self.rank if rank is None else rank
        self.builder.put(setting, value, key=key, framework=self.framework, rank=rank, span=span)

    def unsure(self, setting: str, key: str) -> None:
        """Record that a setting may be there; what is written elsewhere stands."""
        self.say(setting, Unknown(span=self.tree.span), key, rank=Rank.DEFAULT)

    def get(self, name: str) -> Node | None:
        """The value of an entry on the side that this build takes."""
        return one(self.tree.get(name), self.builder)

    def has(self, *names: str) -> bool:
        """Whether one of the entries is written."""
        return any(name in self.tree.entries for name in names)

    def inside(self, tree: Mapping) -> Reader:
        """The same reader for a nested mapping."""
        return dataclasses.replace(self, tree=tree)

    def section(self, *names: str) -> Reader:
        """A nested mapping by its spellings: empty when absent or null, open when it cannot be told."""
        found = first_of(self.tree, *names)
        node = one(found[1].value, self.builder) if found else None
        if isinstance(node, Mapping):
            return self.inside(node)
        if node is None:
            return self.inside(Mapping(open=self.tree.open, span=self.tree.span))
        return self.inside(Mapping(open=not isinstance(node, Scalar), span=node.span))
