"""Models of containers: those of `collections` and `types`, dicts whose keys are attributes, yacs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qp_lint.evaluate.assign import set_attribute
from qp_lint.evaluate.attributes import get_attribute
from qp_lint.evaluate.calls import Arguments, call, items_of
from qp_lint.evaluate.datafiles import open_data, overlay
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.signatures import literal
from qp_lint.evaluate.standard import COPIES, copied
from qp_lint.evaluate.state import blur
from qp_lint.evaluate.truth import settled
from qp_lint.evaluate.values import Class, Defaults, File, Member
from qp_lint.tree import Mapping, Node, Reference, Scalar, Sequence, Unknown, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _mapping(run: Interpreter, arguments: Arguments) -> Node:
    return call(run, Reference("builtins.dict"), arguments)


def _nested(run: Interpreter, arguments: Arguments) -> Node:
    """A dict whose keys are attributes, made of a copy of another."""
    return copied(_mapping(run, arguments), [COPIES])


def _open_mapping(run: Interpreter, arguments: Arguments) -> Node:
    """A dict that makes up what it lacks (addict)."""
    made = _nested(run, arguments)
    return Mapping(made.entries, True, span=made.span) if isinstance(made, Mapping) else made


def _default_dict(run: Interpreter, arguments: Arguments) -> Node:
    factory, *rest = arguments.args or (Scalar(None),)
    start = call(run, Reference("builtins.dict"), Arguments(tuple(rest), arguments.keywords, arguments.open, arguments.span))
    entries, open_ = (start.entries, start.open) if isinstance(start, Mapping) else ({}, True)
    if isinstance(factory, Scalar):
        return Mapping(entries, open_, span=arguments.span)
    return Defaults(entries, open_, span=arguments.span, factory=factory)


def _same(run: Interpreter, arguments: Arguments) -> Node:
    return arguments.get(0) or Unknown(span=arguments.span)


def _named_tuple(run: Interpreter, arguments: Arguments) -> Node | None:
    """`collections.namedtuple("Config", "bits stage", defaults=…)`."""
    name, fields = arguments.get(0, "typename"), arguments.get(1, "field_names")
    text = string(fields)
    listed = (
        text.replace(",", " ").split() if text is not None else [string(item) for item in items_of(fields or Unknown()) or ()]
    )
    names = [item for item in listed if item is not None]
    if string(name) is None or not names or len(names) < len(listed) or arguments.open:
        return None
    cls = Class(string(name) or "", File("", "", "", ""), library="typing.NamedTuple", span=arguments.span)
    defaults = items_of(arguments.get(-1, "defaults") or Sequence()) or []
    for index, item in enumerate(names):
        at = index - len(names) + len(defaults)
        cls.members[item] = Member(item, defaults[at] if at >= 0 else None, span=fields.span if fields is not None else None)
    return cls


def call_config(run: Interpreter, config: Mapping, name: str, arguments: Arguments) -> Node:
    """A method of `yacs.config.CfgNode` (yacs 0.1.8, config.py)."""
    first = arguments.get(0)
    if name == "clone":
        return copied(config, [COPIES])
    if name in ("merge_from_file", "merge_from_other_cfg") and first is not None:
        found = open_data(run, first, arguments.span) if name == "merge_from_file" else settled(run, first)
        laid = overlay(config, found, run.covers) if isinstance(found, Mapping) else None
        if not isinstance(laid, Mapping):
            blur(run, config)
        else:
            for inner, entry in laid.entries.items():
                run.state.put(config.entries, inner, entry)
            run.state.field(config, "open", laid.open)
    elif name == "merge_from_list":
        words = items_of(settled(run, first or Unknown()))
        names = [string(word) for word in words[::2]] if words is not None else [None]
        if words is None or None in names or len(words) % 2:
            blur(run, config)
            return Scalar(None)
        for key, value in zip(names, words[1::2], strict=True):
            *path, last = (key or "").split(".")
            target: Node = config
            for step in path:
                target = get_attribute(run, target, step, None)
            set_attribute(run, target, last, literal(value), value.span)
    return Scalar(None)


MODELS: dict[str, Model] = {
    "collections.OrderedDict": _mapping,
    "collections.defaultdict": _default_dict,
    "collections.namedtuple": _named_tuple,
    "types.MappingProxyType": _same,
    "easydict.EasyDict": _nested,
    "munch.Munch": _mapping,
    "munch.munchify": _nested,
    "dotmap.DotMap": _open_mapping,
    "addict.Dict": _open_mapping,
    "box.Box": _nested,
    "ml_collections.ConfigDict": _nested,
    "ml_collections.config_dict.ConfigDict": _nested,
    "ml_collections.FrozenConfigDict": _nested,
    "yacs.config.CfgNode": _nested,
}
