"""What can change while a program is evaluated, with a journal: a side of an undecided branch is undone and merged."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qp_lint.evaluate.values import Absent, Gone, Instance
from qp_lint.text import Span
from qp_lint.tree import Call, Choice, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

MISSING = object()


@dataclass(eq=False, slots=True)
class Change:
    """One thing that a side changed: a key of a dict, or an attribute of a node (`is_field`)."""

    target: Any
    key: str
    old: Any
    new: Any = MISSING
    is_field: bool = False


Changes = dict[tuple[int, str], Change]


class State:
    """All writes go through here."""

    def __init__(self) -> None:
        self.layers: list[Changes] = []

    def put(self, target: dict[str, Any], key: str, value: Any) -> None:
        """`target[key] = value`."""
        self._remember(target, key, target.get(key, MISSING), False)
        target[key] = value

    def drop(self, target: dict[str, Any], key: str) -> None:
        """`del target[key]`, if it is there."""
        if key in target:
            self._remember(target, key, target[key], False)
            del target[key]

    def field(self, node: Node, name: str, value: Any) -> None:
        """Change a field of a node that is otherwise frozen: the items of a list, whether a mapping is open."""
        self._remember(node, name, getattr(node, name), True)
        object.__setattr__(node, name, value)

    def _remember(self, target: Any, key: str, old: Any, is_field: bool) -> None:
        if self.layers:
            identity = (id(target), key)
            if identity not in self.layers[-1]:
                self.layers[-1][identity] = Change(target, key, old, is_field=is_field)

    def open(self) -> None:
        """Start recording a side."""
        self.layers.append({})

    def close(self) -> Changes:
        """Stop recording: undo everything since `open` and return what it was."""
        changes = self.layers.pop()
        for change in changes.values():
            if change.is_field:
                change.new = getattr(change.target, change.key)
                object.__setattr__(change.target, change.key, change.old)
            else:
                change.new = change.target.get(change.key, MISSING)
                _assign(change.target, change.key, change.old)
        return changes

    def fold(self) -> None:
        """Stop recording and keep what was done: it now belongs to the side around."""
        changes = self.layers.pop()
        if self.layers:
            for identity, change in changes.items():
                self.layers[-1].setdefault(identity, change)

    def apply(self, changes: Changes) -> None:
        """Do again what a side did."""
        for change in changes.values():
            self._write(change, change.new)

    def merge(self, branch: Span | None, sides: Items[Changes | None]) -> None:
        """Bring the sides of a branch together: a value that differs becomes a Choice; None marks a side that ended the run."""
        keys: dict[tuple[int, str], Change] = {}
        for side in sides:
            if side is not None:
                for identity, change in side.items():
                    keys.setdefault(identity, change)
        for identity, change in keys.items():
            values = []
            for side in sides:
                if side is not None:
                    values.append(side[identity].new if identity in side else change.old)
                else:
                    values.append(None)
            self._write(change, merged(values, branch))
            if change.is_field and change.key == "items" and len({len(value) for value in values if value is not None}) > 1:
                self.field(change.target, "open", True)

    def _write(self, change: Change, value: Any) -> None:
        if change.is_field:
            self.field(change.target, change.key, value)
        elif value is MISSING:
            self.drop(change.target, change.key)
        else:
            self.put(change.target, change.key, value)


def blurred(node: Node) -> Node:
    """A value that something unknown may have replaced; objects of libraries are rarely replaced so, and stay."""
    if isinstance(node, Mapping):
        entries = {name: Entry(blurred(entry.value), entry.span) for name, entry in node.entries.items()}
        return Mapping(entries, True, span=node.span, via=node.via)
    if isinstance(node, (Scalar, Reference, Sequence, Choice)):
        return choice([node, Unknown()], span=node.span)
    return node


def blur(run: Interpreter, node: Node) -> None:
    """Something unknown may change what is in a value: any entry of a mapping, any attribute of an object."""
    if isinstance(node, (Mapping, Call)):
        entries = node.entries if isinstance(node, Mapping) else node.keywords
        for name, entry in list(entries.items()):
            run.state.put(entries, name, Entry(blurred(entry.value), entry.span))
        run.state.field(node, "open", True)
    elif isinstance(node, Sequence):
        run.state.field(node, "items", tuple(blurred(item) for item in node.items))
        run.state.field(node, "open", True)
    elif isinstance(node, Instance):
        inherited = node.cls.every() if node.cls is not None else {}
        for name, value in {**inherited, **node.attributes}.items():
            if (new := blurred(value)) is not value:
                run.state.put(node.attributes, name, new)
        run.state.field(node, "open", True)


def _assign(target: dict[str, Any], key: str, value: Any) -> None:
    if value is MISSING:
        target.pop(key, None)
    else:
        target[key] = value


def merged(values: list[Any], branch: Span | None) -> Any:
    """One value out of those of each side; None stands for a side that cannot be taken.

    Nodes become a Choice.  A key that a side lacks is a null there (what an absent option nearly always means), a name that a
    side lacks is unknown.
    """
    live = [value for value in values if value is not None]
    if not live or all(value is live[0] for value in live):
        return live[0] if live else MISSING
    filled = [live[0] if value is None else value for value in values]
    sample = next(value for value in live if value is not MISSING)
    if isinstance(sample, Entry):
        options = [value.value if isinstance(value, Entry) else Absent() for value in filled]
        return Entry(_choice(options, branch), sample.span)
    if isinstance(sample, bool):
        return any(value is True for value in filled)
    if isinstance(sample, tuple):
        return _items(filled, branch)
    return _choice([Gone() if value is MISSING else value for value in filled], branch)


def _choice(options: list[Node], branch: Span | None) -> Node:
    node = choice(options, branch=branch)
    if isinstance(node, Choice) and len(node.options) > 16 and branch is None:
        return Unknown()
    return node


def _items(values: list[Any], branch: Span | None) -> tuple[Node, ...]:
    """The items of lists side by side; those that only some have are one of several."""
    longest = max(values, key=len)
    if all(len(value) == len(longest) for value in values):
        return tuple(_choice([value[index] for value in values], branch) for index in range(len(longest)))
    shortest = min(len(value) for value in values)
    return tuple(
        item if index < shortest and all(value[index] is item for value in values) else choice([item, Unknown()])
        for index, item in enumerate(longest)
    )
