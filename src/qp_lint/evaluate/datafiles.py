"""Models of what reads configuration: json, yaml, tomllib, OmegaConf; files are the project's own trees."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from qp_lint.evaluate.assign import put_entry
from qp_lint.evaluate.calls import Arguments, call_with
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.operators import lift
from qp_lint.evaluate.standard import COPIES, copied
from qp_lint.evaluate.state import blur, blurred
from qp_lint.evaluate.values import Class, Instance, Opened
from qp_lint.parse import ParseError
from qp_lint.parse.interpolation import resolved
from qp_lint.parse.yaml import resolve
from qp_lint.text import Span
from qp_lint.tree import Cover, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, cover, through

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

DEPTH = 8  # data classes in data classes
MISSING = ("omegaconf.MISSING", "omegaconf.omegaconf.MISSING")


def open_data(run: Interpreter, path: Node, span: Span | None) -> Node:
    """The tree of a data file that the program opens at `span`; unknown when it is not in reach."""
    return lift(path, lambda option: _open(run, option, span))


def _open(run: Interpreter, path: Node, span: Span | None) -> Node:
    if not isinstance(path, Scalar) or not isinstance(path.value, str):
        return Unknown(span=span)
    from qp_lint.evaluate import written

    if (place := written.place_of(run, path.value)) is not None:
        return written.read(run, place, (path.span, *path.via, span))
    found = run.project.locate(path.value, run.directory, "", run.folder)
    if found is None:
        return Unknown(span=span, hint=path.value)
    tree = run.project.data(found)
    if tree is None:
        return Unknown(span=span, hint=path.value)
    run.read[found] = None
    return passed_tree(tree, (path.span, *path.via, span), [COPIES])


def passed_tree(node: Node, places: tuple[Span | None, ...], budget: list[int]) -> Node:
    """A copy of a data tree, each value of it passed through `places`: the program may change its own copy."""
    budget[0] -= 1
    if budget[0] < 0:
        return Unknown(span=node.span)
    if isinstance(node, Mapping):
        entries = {name: Entry(passed_tree(entry.value, places, budget), entry.span) for name, entry in node.entries.items()}
        return through(dataclasses.replace(node, entries=entries), *places)
    if isinstance(node, Sequence):
        items = tuple(passed_tree(item, places, budget) for item in node.items)
        return through(dataclasses.replace(node, items=items), *places)
    return through(node, *places)


def _load(run: Interpreter, arguments: Arguments) -> Node:
    """`json.load(file)`, `yaml.safe_load(file or text)`."""
    from qp_lint.evaluate import written

    source = arguments.get(0)
    if isinstance(source, Opened):
        return open_data(run, source.path, source.span or arguments.span)
    format = arguments.name.partition(".")[0]
    tree = written.parsed(source, f".{format}") if isinstance(source, Scalar) and format == "yaml" else None
    return tree or Unknown(span=arguments.span)


def _loads(run: Interpreter, arguments: Arguments) -> Node:
    source = arguments.get(0)
    if isinstance(source, Opened):
        return open_data(run, source.path, source.span)
    if isinstance(source, Scalar) and isinstance(source.value, str) and source.span is not None:
        return _parsed(run, source)
    return Unknown(span=arguments.span)


def _parsed(run: Interpreter, source: Scalar) -> Node:
    """A JSON text in the program; its values stand where it stands in the literal, if that has no escapes."""
    from qp_lint.parse.json import parse_json
    from qp_lint.text import shifted

    span, text = source.span, str(source.value)
    assert span is not None
    start = span.text.find(text)
    if start < 0:
        return Unknown(span=span)
    try:
        return parse_json(shifted(span.source, span.start + start, text))
    except (ParseError, RecursionError):
        return Unknown(span=span)


def _by_path(run: Interpreter, arguments: Arguments) -> Node:
    """`OmegaConf.load(path)`."""
    source = arguments.get(0)
    if isinstance(source, Opened):
        source = source.path
    return _resolved(run, open_data(run, source or Unknown(), arguments.span))


def _resolved(run: Interpreter, node: Node) -> Node:
    return resolved(node, run.env) if isinstance(node, Mapping) else node


def _create(run: Interpreter, arguments: Arguments) -> Node:
    source = arguments.get(0)
    if source is None:
        return Mapping({}, span=arguments.span)
    if isinstance(source, Mapping):
        return copied(source, [COPIES])
    return _structured(run, arguments)


def _merge(run: Interpreter, arguments: Arguments) -> Node:
    merged: Node = Mapping({}, arguments.open, span=arguments.span)
    for node in arguments.args:
        merged = overlay(merged, node, run.covers)
    return _resolved(run, merged)


def overlay(base: Node, top: Node, covers: list[Cover]) -> Node:
    """Two configurations merged: nested mappings together, everything else from `top`; `covers` takes what that replaces."""
    if not isinstance(base, Mapping):
        return top
    if not isinstance(top, Mapping):
        return blurred(base) if isinstance(top, Unknown) else top
    known = blurred(base) if top.open else base
    entries = dict(known.entries) if isinstance(known, Mapping) else {}
    for name, entry in top.entries.items():
        old = entries.get(name)
        if old is not None and not (isinstance(old.value, Mapping) and isinstance(entry.value, Mapping)):
            cover(covers, name, entry.value, old.value)
        entries[name] = Entry(overlay(old.value, entry.value, covers), entry.span) if old is not None else entry
    return Mapping(entries, base.open or top.open, span=base.span or top.span, via=base.via)


def _from_cli(run: Interpreter, arguments: Arguments) -> Node:
    """`OmegaConf.from_cli()`: dotted `key=value` words."""
    if run.arguments is None:
        return Mapping({}, True, span=arguments.span)
    merged: Node = Mapping({}, span=arguments.span)
    for word in run.arguments:
        if not isinstance(word, Scalar):
            return Mapping({}, True, span=arguments.span)
        name, sign, text = str(word.value).partition("=")
        if sign:
            node = override(word, text)
            for part in reversed(name.split(".")):
                node = Mapping({part: Entry(node, word.span)})
            merged = overlay(merged, node, run.covers)
    return merged


def override(word: Scalar, text: str) -> Node:
    """The value behind the `=` of a word, read as YAML's scalars and lists are."""
    span = word.span
    if span is not None and span.text.endswith(text):
        span = dataclasses.replace(span, start=span.end - len(text))
    if text.startswith("[") and text.endswith("]"):
        parts = [part.strip() for part in text[1:-1].split(",") if part.strip()]
        return Sequence(tuple(plain(part, word, span) for part in parts), span=span)
    return Unknown(span=span) if text.startswith("{") else plain(text, word, span)


def plain(text: str, word: Scalar, span: Span | None) -> Scalar:
    """A text of a word as the scalar that YAML makes of it."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return dataclasses.replace(word, value=text[1:-1] if quoted else resolve(text), raw=text, span=span or word.span)


def _structured(run: Interpreter, arguments: Arguments) -> Node:
    """`OmegaConf.structured(DataClass)`."""
    return structured(run, arguments.get(0) or Unknown())


def structured(run: Interpreter, node: Node, depth: int = 0) -> Node:
    """A data class or an object of one as a mapping; what is `MISSING` is not known."""
    if depth > DEPTH or (isinstance(node, Reference) and node.name in MISSING):
        return Unknown(span=node.span)
    if isinstance(node, Class):
        node = call_with(run, node)
    if isinstance(node, Instance):
        entries = {name: Entry(structured(run, value, depth + 1), value.span) for name, value in node.attributes.items()}
        return Mapping(entries, node.open, span=node.span)
    if isinstance(node, Mapping):
        inner = {name: Entry(structured(run, entry.value, depth + 1), entry.span) for name, entry in node.entries.items()}
        return Mapping(inner, node.open, span=node.span, via=node.via)
    if isinstance(node, Sequence):
        return Sequence(tuple(structured(run, item, depth + 1) for item in node.items), node.open, span=node.span, via=node.via)
    return node


def _select(run: Interpreter, arguments: Arguments) -> Node:
    """`OmegaConf.select(cfg, "a.b", default=…)`."""
    source, key = arguments.get(0, "cfg"), arguments.get(1, "key")
    if not isinstance(source, Mapping) or not isinstance(key, Scalar):
        return Unknown(span=arguments.span)
    found = source.get(str(key.value))
    return found if found is not None else Unknown() if source.open else arguments.get(-1, "default") or Scalar(None)


def _update(run: Interpreter, arguments: Arguments) -> Node:
    """`OmegaConf.update(cfg, "a.b", value)`."""
    node, key, value = arguments.get(0, "cfg"), arguments.get(1, "key"), arguments.get(2, "value")
    *path, last = str(key.value).split(".") if isinstance(key, Scalar) else ("",)
    for name in path:
        node = node.entries[name].value if isinstance(node, Mapping) and name in node.entries else None
    if isinstance(node, Mapping) and isinstance(key, Scalar) and value is not None:
        put_entry(run, node, dataclasses.replace(key, value=last), value, key.span)
    elif isinstance(root := arguments.get(0, "cfg"), Mapping):
        blur(run, root)
    return Scalar(None)


def _first(run: Interpreter, arguments: Arguments) -> Node:
    return arguments.get(0) or Unknown(span=arguments.span)


MODELS: dict[str, Model] = {
    "json.load": _load,
    "json.loads": _loads,
    "json5.load": _load,
    "commentjson.load": _load,
    "yaml.safe_load": _load,
    "yaml.load": _load,
    "yaml.full_load": _load,
    "yaml.unsafe_load": _load,
    "tomllib.load": _load,
    "tomllib.loads": _load,
    "toml.load": _by_path,
    "tomli.load": _load,
    "omegaconf.OmegaConf.load": _by_path,
    "omegaconf.OmegaConf.create": _create,
    "omegaconf.OmegaConf.merge": _merge,
    "omegaconf.OmegaConf.from_cli": _from_cli,
    "omegaconf.OmegaConf.structured": _structured,
    "omegaconf.OmegaConf.select": _select,
    "omegaconf.OmegaConf.update": _update,
    "omegaconf.OmegaConf.to_container": _first,
    "omegaconf.OmegaConf.to_object": _first,
}
