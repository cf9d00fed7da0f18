"""Models of what goes through items: zip, map and their relatives, itertools, functools.reduce."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from qp_lint.evaluate.calls import Arguments, call_with
from qp_lint.evaluate.loops import ITEMS, known_items
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.truth import settled, truth
from qp_lint.tree import Entry, Mapping, Node, Scalar, Sequence, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _enumerate(run: Interpreter, arguments: Arguments) -> Node:
    known = known_items(arguments.get(0) or Unknown(), ITEMS)
    if known is None or len(arguments.args) > 1 or arguments.keywords:
        return Unknown(span=arguments.span)
    return Sequence(tuple(Sequence((Scalar(index), item)) for index, item in enumerate(known)))


def _zip(run: Interpreter, arguments: Arguments) -> Node:
    known = [known_items(arg, ITEMS) for arg in arguments.args]
    lists = [items for items in known if items is not None]
    if len(lists) != len(known) or not lists:
        return Unknown(span=arguments.span)
    return Sequence(tuple(Sequence(items) for items in zip(*lists, strict=False)))


def _next(run: Interpreter, arguments: Arguments) -> Node:
    first = arguments.get(0)
    if isinstance(first, Sequence) and first.items and not first.open:
        item, *rest = first.items
        run.state.field(first, "items", tuple(rest))
        return item
    default = arguments.get(1)
    return default if default is not None and isinstance(first, Sequence) and not first.open else Unknown(span=arguments.span)


def _map(run: Interpreter, arguments: Arguments) -> Node:
    known = known_items(arguments.get(1) or Unknown(), ITEMS) if len(arguments.args) == 2 else None
    if known is None:
        return Sequence((), True, span=arguments.span)
    return Sequence(tuple(call_with(run, arguments.args[0], item) for item in known), span=arguments.span)


def _reversed(run: Interpreter, arguments: Arguments) -> Node:
    known = known_items(arguments.get(0) or Unknown(), ITEMS)
    return Sequence((), True, span=arguments.span) if known is None else Sequence(tuple(known[::-1]), span=arguments.span)


def _filter(run: Interpreter, arguments: Arguments) -> Node:
    """`filter(function or None, items)`; open where it is not known what stays."""
    known = known_items(arguments.get(1) or Unknown(), ITEMS)
    if known is None or len(arguments.args) != 2:
        return Sequence((), True, span=arguments.span)
    test = arguments.args[0]
    plain = isinstance(test, Scalar) and test.value is None
    answers = [truth(item if plain else call_with(run, test, item)) for item in known]
    if None in answers:
        return Sequence((), True, span=arguments.span)
    return Sequence(tuple(item for item, stays in zip(known, answers, strict=True) if stays), span=arguments.span)


def _chain(run: Interpreter, arguments: Arguments) -> Node:
    lists = [known_items(arg, ITEMS) for arg in arguments.args]
    items = [item for known in lists for item in known or ()]
    if None in lists or arguments.open:
        return Sequence((), True, span=arguments.span)
    return Sequence(tuple(items), span=arguments.span)


def _chain_of(run: Interpreter, arguments: Arguments) -> Node:
    """`itertools.chain.from_iterable(lists)`."""
    lists = known_items(arguments.get(0) or Unknown(), ITEMS)
    return Sequence((), True) if lists is None else _chain(run, Arguments(tuple(lists), span=arguments.span))


def _product(run: Interpreter, arguments: Arguments) -> Node:
    """`itertools.product(…)`, when it is not too long to be gone through."""
    lists = [known_items(arg, ITEMS) for arg in arguments.args]
    count = 1
    for known in lists:
        count *= len(known) if known is not None else ITEMS + 1
    if count > ITEMS or arguments.keywords or arguments.open:
        return Sequence((), True, span=arguments.span)
    rows = itertools.product(*(known or () for known in lists))
    return Sequence(tuple(Sequence(row) for row in rows), span=arguments.span)


def _reduce(run: Interpreter, arguments: Arguments) -> Node:
    known = known_items(arguments.get(1) or Unknown(), ITEMS)
    items = [*arguments.args[2:], *(known or ())]
    if known is None or not items:
        return Unknown(span=arguments.span)
    value: Node = items[0]
    for item in items[1:]:
        value = call_with(run, arguments.args[0], value, item)
    return value


def _from_keys(run: Interpreter, arguments: Arguments) -> Node:
    """`dict.fromkeys(names, value)`."""
    known = known_items(settled(run, arguments.get(0) or Unknown()), ITEMS)
    value = arguments.get(1) or Scalar(None)
    if known is None or not all(isinstance(key, Scalar) for key in known):
        return Mapping({}, True, span=arguments.span)
    entries = {str(key.value): Entry(value, key.span) for key in known if isinstance(key, Scalar)}
    return Mapping(entries, span=arguments.span)


MODELS: dict[str, Model] = {
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.next": _next,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.reversed": _reversed,
    "builtins.dict.fromkeys": _from_keys,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_of,
    "itertools.product": _product,
    "functools.reduce": _reduce,
}
