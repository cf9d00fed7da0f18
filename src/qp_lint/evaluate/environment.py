"""Models of `os.environ`, python-dotenv, `os.path` and `pathlib`."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.interpreter import passed
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.operators import COMBINATIONS, derived, expand, lift
from qp_lint.evaluate.values import Path
from qp_lint.parse.shell import parse_shell
from qp_lint.tree import Entry, Mapping, Node, Scalar, Unknown, choice, leaves

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _get(run: Interpreter, arguments: Arguments) -> Node:
    name = arguments.get(0, "key")
    if not isinstance(name, Scalar):
        return Unknown(span=arguments.span)
    known = run.variable(str(name.value))
    if known is not None:
        return known
    return run.unset_variable(str(name.value), arguments.get(1, "default") or Scalar(None))


def _setdefault(run: Interpreter, arguments: Arguments) -> Node:
    name, value = arguments.get(0), arguments.get(1)
    if not isinstance(name, Scalar) or value is None:
        return Unknown(span=arguments.span)
    key = str(name.value)
    if key not in run.env:
        run.state.put(run.env, key, choice([value, run.unset_variable(key)]))
    return run.env[key]


def _update(run: Interpreter, arguments: Arguments) -> Node:
    found, _ = expand([value for value in (arguments.get(0),) if value is not None])
    for key, entry in {**found, **arguments.keywords}.items():
        run.state.put(run.env, key, entry.value)
    return Scalar(None)


def _pop(run: Interpreter, arguments: Arguments) -> Node:
    found = _get(run, arguments)
    if isinstance(name := arguments.get(0), Scalar):
        run.state.drop(run.env, str(name.value))
    return found


def _load_dotenv(run: Interpreter, arguments: Arguments) -> Node:
    """python-dotenv: the file that is named, else the `.env` beside the script or above; what is set already stays."""
    override = arguments.get(3, "override")
    for name, value in _dotenv(run, arguments).items():
        if name not in run.env or (isinstance(override, Scalar) and override.value is True):
            run.state.put(run.env, name, passed(value, arguments.span))
    return Scalar(True)


def _dotenv_values(run: Interpreter, arguments: Arguments) -> Node:
    values = _dotenv(run, arguments)
    return Mapping({name: Entry(value, value.span) for name, value in values.items()}, not values, span=arguments.span)


def _dotenv(run: Interpreter, arguments: Arguments) -> dict[str, Node]:
    """The variables of the file that an argument names."""
    given = arguments.get(0, "dotenv_path")
    if given is None:
        found = run.project.sourced(run.script, ".env")
    elif isinstance(given, Scalar) and isinstance(given.value, str):
        found = run.project.locate(given.value, run.directory, "", run.folder)
    else:
        return {}
    source = run.project.source(found) if found is not None else None
    if found is None or source is None:
        return {}
    run.read[found] = None
    return dict(parse_shell(source, export_all=True).env)


def _find_dotenv(run: Interpreter, arguments: Arguments) -> Node:
    name = arguments.get(0, "filename") or Scalar(".env")
    found = run.project.sourced(run.script, str(name.value)) if isinstance(name, Scalar) else None
    return Scalar(found) if found is not None else Unknown(span=arguments.span)


def _join(run: Interpreter, arguments: Arguments) -> Node:
    """`os.path.join`, for every combination of the options of its parts."""
    return _combine(arguments, list(arguments.args), [])


def _combine(arguments: Arguments, todo: list[Node], done: list[Scalar]) -> Node:
    if not todo:
        text = posixpath.join(*[str(part.value) for part in done]) if done else ""
        return derived(text, arguments.span, *done)
    if len(leaves(todo[0])) > COMBINATIONS or arguments.open:
        return Unknown(span=arguments.span)

    def one(part: Node) -> Node:
        if not isinstance(part, Scalar) or not isinstance(part.value, str):
            return Unknown(span=arguments.span)
        return _combine(arguments, todo[1:], [*done, part])

    return lift(todo[0], one)


def _text(convert: Callable[[str], str]) -> Model:
    def model(run: Interpreter, arguments: Arguments) -> Node:
        def one(node: Node) -> Node:
            if isinstance(node, Scalar) and isinstance(node.value, str):
                return derived(convert(node.value), arguments.span, node)
            return Unknown(span=arguments.span)

        return lift(arguments.get(0) or Unknown(), one)

    return model


def _path(run: Interpreter, arguments: Arguments) -> Node:
    def one(node: Node) -> Node:
        return Path(str(node.value), span=node.span, via=node.via) if isinstance(node, Scalar) else Unknown(span=node.span)

    return lift(_join(run, arguments) if arguments.args else Scalar("."), one)


def _working_directory(run: Interpreter, arguments: Arguments) -> Node:
    return Scalar(run.directory or ".")


MODELS: dict[str, Model] = {
    "dotenv.load_dotenv": _load_dotenv,
    "dotenv.dotenv_values": _dotenv_values,
    "dotenv.find_dotenv": _find_dotenv,
    "os.environ.get": _get,
    "os.getenv": _get,
    "os.environ.setdefault": _setdefault,
    "os.environ.update": _update,
    "os.environ.pop": _pop,
    "os.path.join": _join,
    "os.path.dirname": _text(posixpath.dirname),
    "os.path.basename": _text(posixpath.basename),
    "os.path.normpath": _text(posixpath.normpath),
    "os.path.abspath": _text(str),
    "os.path.realpath": _text(str),
    "os.path.expanduser": _text(str),
    "os.path.expandvars": _text(str),
    "os.fspath": _text(str),
    "os.getcwd": _working_directory,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "pathlib.Path.cwd": lambda run, arguments: Path(run.directory or "."),
}
