"""Data files that a program writes, to read them itself or for a command that it starts: `json.dump(ds, open("z.json", "w"))`."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.datafiles import passed_tree
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.standard import COPIES
from qp_lint.evaluate.values import Opened
from qp_lint.parse import ParseError
from qp_lint.parse.data import parse_data
from qp_lint.text import Span, shifted
from qp_lint.tree import Mapping, Node, Scalar, Unknown, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

FILES = 50  # that a program writes


def note(run: Interpreter, path: Node | None, tree: Node) -> None:
    """Note what a program writes to a file that is not there yet; what is written in several ways is not known."""
    name = string(path)
    if name is None or len(run.written) >= FILES:
        return
    place = _place(run, name)
    if run.project.locate(place) is None or place in run.written:
        run.written[place] = Unknown(span=tree.span) if run.arms and place in run.written else passed_tree(tree, (), [COPIES])


def note_text(run: Interpreter, path: Node | None, text: Node | None) -> None:
    """Note a text that a program writes to a file, as the data that it is; one that follows another is not known."""
    name, span = string(path), text.span if text is not None else None
    known = name is not None and place_of(run, name) is None
    tree = parsed(text, name or "") if known and isinstance(text, Scalar) else None
    note(run, path, tree or Unknown(span=span))


def parsed(text: Scalar, name: str) -> Node | None:
    """The data in a text of the program, for a file of this name; its values stand where they stand in the literal."""
    span, value = text.span, text.value
    start = span.text.find(value) if span is not None and isinstance(value, str) else -1
    if span is None or start < 0 or not value:
        return None
    try:
        return next(iter(parse_data(shifted(span.source, span.start + start, str(value)), name)), None)
    except (ParseError, RecursionError):
        return None


def _dump(run: Interpreter, arguments: Arguments) -> Node:
    """`json.dump(data, file)`, `yaml.dump(data, file)`, `OmegaConf.save(config, file)`."""
    target = arguments.get(1, "stream") or arguments.get(1, "fp") or arguments.get(1, "f")
    data = arguments.get(0, "data") or arguments.get(0, "obj") or arguments.get(0, "config")
    path: Node | None = target.path if isinstance(target, Opened) else target
    note(run, path, data if isinstance(data, Mapping) else Unknown(span=arguments.span))
    return Scalar(None) if target is not None else Unknown(span=arguments.span)


def opened_method(run: Interpreter, receiver: Opened, name: str, arguments: Arguments) -> Node | None:
    """A method of an open file that writes; None for another one."""
    if name not in ("write", "writelines"):
        return None
    note_text(run, receiver.path, arguments.get(0) if name == "write" else None)
    return Unknown(span=arguments.span)


def place_of(run: Interpreter, name: str) -> str | None:
    """The file that the program wrote under this name, None when it wrote none."""
    place = _place(run, name)
    return place if place in run.written else None


def _place(run: Interpreter, name: str) -> str:
    return posixpath.normpath(posixpath.join(run.directory, name))


def read(run: Interpreter, place: str, places: tuple[Span | None, ...]) -> Node:
    """What the program wrote to a file."""
    return passed_tree(run.written[place], places, [COPIES])


MODELS: dict[str, Model] = dict.fromkeys(
    ("json.dump", "yaml.dump", "yaml.safe_dump", "toml.dump", "tomli_w.dump", "omegaconf.OmegaConf.save"), _dump
)
