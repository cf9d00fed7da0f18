"""YAML with places, resolved as the loaders of training tools do.

PyYAML (its C parser where it is built in) gives events; the trees are put together here, so that depth, aliases and
merges stay bounded and no tag constructs anything.  Plain words mean what YAML 1.1 says (`no` is false, `010` is 8), save
that `1e-4` is a float: OmegaConf and the HfArgumentParser path read it so, PyYAML alone would leave it a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qp_lint.parse import ParseError
from qp_lint.text import Source, Span
from qp_lint.tree import Entry, Mapping, Node, Plain, Scalar, Sequence, Unknown, through

if TYPE_CHECKING:
    import yaml

DEPTH = 200  # levels of nesting
EXPANSION = 200_000  # nodes that aliases and merges may add

_TAG = "tag:yaml.org,2002:"
_NULL = re.compile(r"~|null|Null|NULL|$")
_TRUE = re.compile(r"yes|Yes|YES|true|True|TRUE|on|On|ON")
_FALSE = re.compile(r"no|No|NO|false|False|FALSE|off|Off|OFF")
_INT = re.compile(
    r"[-+]?(?:(?P<two>0b[01_]+)|(?P<sixteen>0x[0-9a-fA-F_]+)|(?P<sixty>[1-9][0-9_]*(?::[0-5]?[0-9])+)|(?P<eight>0[0-7_]+)|0|[1-9][0-9_]*)"
)
_FLOAT = re.compile(
    r"[-+]?(?:(?P<sixty>[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)|\.(?P<word>inf|Inf|INF)"
    r"|[0-9][0-9_]*(?:\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)|\.(?:nan|NaN|NAN)"
)
_PROPERTY = re.compile(r"[&!]\S*(?:[ \t]+|[ \t]*(?:#[^\r\n]*)?[\r\n]+)*")


def parse_yaml(source: Source, text: str | None = None) -> tuple[Node, ...]:
    """The documents of a YAML text, empty ones left out.  Raises ParseError.

    `text` is read in the place of the source's own, which is as long.
    """
    import yaml

    text = source.text if text is None else text
    mark = 1 if text.startswith("\ufeff") else 0  # the C parser does not count it, the other does: neither gets it
    builder = _Builder(source, mark)
    try:
        events = yaml.parse(text[mark:], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return tuple(builder.documents(events))
    except yaml.MarkedYAMLError as error:
        where, problem = error.problem_mark or error.context_mark, error.problem or error.context
        deep = "nesting" in str(problem)  # libyaml's own limit, met before ours
        message = f"nested more than {DEPTH} levels deep" if deep else f"not valid YAML: {problem}"
        raise ParseError(message, where.index + mark if where else 0) from None
    except (yaml.YAMLError, UnicodeEncodeError):
        raise ParseError("not valid YAML: a character that YAML does not allow", _unprintable(text)) from None


def _unprintable(text: str) -> int:
    from yaml.reader import Reader

    match = Reader.NON_PRINTABLE.search(text)
    return match.start() if match else 0


@dataclass(slots=True)
class _Open:
    """A collection that is being read; `size` counts its nodes with aliases expanded."""

    event: yaml.Event
    anchor: str | None
    children: list[tuple[Node, bool]] = field(default_factory=list)  # (node, is the plain word `<<`)
    size: int = 1


class _Builder:
    """Turns one stream of events into trees, without recursion."""

    def __init__(self, source: Source, shift: int) -> None:
        self.source = source
        self.shift = shift
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node | None, int]] = {}
        self.added = 0

    def documents(self, events: Iterator[Any]) -> Iterator[Node]:
        import yaml

        for event in events:
            node, size, merge = None, 1, False
            if isinstance(event, yaml.ScalarEvent):
                node, merge = self.scalar(event), event.implicit[0] and not event.style and event.value == "<<"
                self.name(event.anchor, node, 1)
            elif isinstance(event, yaml.AliasEvent):
                node, size = self.alias(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self.open(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                opened = self.stack.pop()
                node, size = self.close(opened, event), opened.size
                self.name(opened.anchor, node, size)
            elif isinstance(event, yaml.DocumentStartEvent):
                self.anchors.clear()
            if node is None:
                continue
            if self.stack:
                self.stack[-1].children.append((node, merge))
                self.stack[-1].size += size
            elif node.span is None or node.span.end > node.span.start:
                yield node

    def span(self, start: Any, end: Any) -> Span:
        """A span without the anchor and tag that PyYAML counts to a node."""
        first, last = start.index + self.shift, end.index + self.shift
        while self.source.text[first : first + 1] in ("&", "!") and first < last:
            match = _PROPERTY.match(self.source.text, first, last)
            first = match.end() if match else last
        return self.source.span(first, last)

    def name(self, anchor: str | None, node: Node | None, size: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = (node, size)

    def open(self, event: Any) -> None:
        if len(self.stack) >= DEPTH:
            raise ParseError(f"nested more than {DEPTH} levels deep", event.start_mark.index + self.shift)
        self.name(event.anchor, None, 0)
        self.stack.append(_Open(event, event.anchor))

    def alias(self, event: Any) -> tuple[Node, int]:
        place = self.span(event.start_mark, event.end_mark)
        if event.anchor not in self.anchors:
            raise ParseError(f"not valid YAML: alias `*{event.anchor}` names no anchor before it", place.start)
        node, size = self.anchors[event.anchor]
        if node is None:
            raise ParseError(f"alias `*{event.anchor}` stands inside the value that it names", place.start)
        self.expand(size, place.start)
        return through(node, place), size

    def expand(self, size: int, offset: int) -> None:
        self.added += size
        if self.added > EXPANSION:
            raise ParseError(f"its aliases expand to more than {EXPANSION:,} values", offset)

    def close(self, opened: _Open, event: Any) -> Node:
        """The finished collection; a block one ends with its last value, not where the next key begins."""
        start, end = opened.event.start_mark, event.end_mark
        span = self.span(start, end)
        is_sequence = event.__class__.__name__.startswith("Sequence")
        if not getattr(opened.event, "flow_style", False):
            written = [node.via[-1] if node.via else node.span for node, _ in opened.children[-2:]]
            last = max((place.end for place in written if place is not None), default=span.end)
            span = self.source.span(span.start, min(max(last, span.start), span.end))
        tag = getattr(opened.event, "tag", None)
        if tag not in (None, "!", _TAG + ("seq" if is_sequence else "map")):
            return Unknown(hint=str(tag), span=span)
        if is_sequence:
            return Sequence(tuple(node for node, _ in opened.children), span=span)
        return self.mapping(opened, span)

    def mapping(self, opened: _Open, span: Span) -> Mapping:
        """Keys to values: own keys win over merged ones, of merged mappings the first, of equal keys the last."""
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        unsure = False
        pairs = iter(opened.children)
        for (key, merge), (value, _) in zip(pairs, pairs, strict=True):
            if merge:
                unsure = not self.merge(value, merged, key) or unsure
            else:
                own[_text(key)] = Entry(value, key.via[-1] if key.via else key.span)
        opened.size += len(merged)
        return Mapping({**merged, **own} if merged else own, open=unsure, span=span)

    def merge(self, value: Node, merged: dict[str, Entry], key: Node) -> bool:
        """Add the entries that `<<: value` brings in; False when not all of them are known."""
        start = value.span.start if value.span else 0
        known = True
        for node in value.items if isinstance(value, Sequence) else (value,):
            if isinstance(node, Mapping):
                self.expand(len(node.entries), key.span.start if key.span else start)
                places = dict.fromkeys((*node.via, *value.via))
                for name, entry in node.entries.items():
                    merged.setdefault(name, Entry(through(entry.value, *places), entry.span))
                known = known and not node.open
            elif isinstance(node, Unknown):
                known = False
            else:
                raise ParseError(
                    "not valid YAML: `<<` merges something that is not a mapping", key.span.start if key.span else start
                )
        return known

    def scalar(self, event: Any) -> Node:
        span = self.span(event.start_mark, event.end_mark)
        value, tag = event.value, event.tag
        raw = span.text[1:-1] if event.style in ("'", '"') else value
        if tag is None and event.implicit[0]:
            return Scalar(resolve(value), raw, span=span)
        if tag is None or tag in ("!", _TAG + "str"):
            return Scalar(value, raw, span=span)
        if tag in (_TAG + "int", _TAG + "float", _TAG + "bool", _TAG + "null"):
            return _tagged(value, tag.removeprefix(_TAG), raw, span)
        return Unknown(hint=tag, span=span)


def _text(key: Node) -> str:
    """A key as a string: `1`, `true` and a list as they are written."""
    if isinstance(key, Scalar):
        return key.value if isinstance(key.value, str) else key.raw
    return key.span.text if key.span else ""


def _tagged(value: str, kind: str, raw: str, span: Span) -> Node:
    """A scalar with an explicit type."""
    resolved = resolve(value)
    if kind == "float" and isinstance(resolved, int) and not isinstance(resolved, bool):
        resolved = float(resolved)
    if type(resolved).__name__ == {"null": "NoneType"}.get(kind, kind):
        return Scalar(resolved, raw, span=span)
    return Unknown(hint=raw, span=span)


def resolve(word: str) -> Plain:
    """What a plain YAML word means: YAML 1.1 as PyYAML has it, with floats such as `1e-4` and `1.5e3` as YAML 1.2 has them."""
    if word[:1] not in "~+-.0123456789yYnNtTfFoO":
        return word
    if _NULL.fullmatch(word):
        return None
    if _TRUE.fullmatch(word):
        return True
    if _FALSE.fullmatch(word):
        return False
    try:
        if match := _INT.fullmatch(word):
            return _int(word, match)
        if match := _FLOAT.fullmatch(word):
            return _float(word, match)
    except (ValueError, OverflowError):  # `0b_`, more digits than Python converts
        return word
    return word


def _int(word: str, match: re.Match[str]) -> int:
    sign = -1 if word[0] == "-" else 1
    digits = word.lstrip("+-").replace("_", "")
    if match["sixty"]:
        return sign * int(_sixty(digits))
    base = 2 if match["two"] else 16 if match["sixteen"] else 8 if match["eight"] else 10
    return sign * int(digits, base)


def _float(word: str, match: re.Match[str]) -> float:
    sign = -1.0 if word[0] == "-" else 1.0
    digits = word.lstrip("+-").replace("_", "").lower()
    if match["sixty"]:
        return sign * _sixty(digits)
    return sign * float(digits.lstrip(".") if match["word"] or digits == ".nan" else digits)


def _sixty(digits: str) -> float:
    """`1:30` in base 60."""
    total = 0.0
    for part in digits.split(":"):
        total = total * 60 + float(part)
    return total
