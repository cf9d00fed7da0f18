"""Models of what fills data classes of the project: draccus, pyrallis and dacite.

draccus and pyrallis (argparsing.py of both): every field is an option, `--model.name`, truth values and lists are words that YAML
reads, `--config_path` names a file that the words win over; `@wrap()` fills the first parameter of a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from qp_lint.evaluate.calls import Arguments, arguments_of
from qp_lint.evaluate.datafiles import override
from qp_lint.evaluate.functions import last_name
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.parsers import launch_words
from qp_lint.evaluate.signatures import Parameter, call_from_tree, call_from_words, convert_to, group_of
from qp_lint.evaluate.values import Class, Function
from qp_lint.evaluate.words import Option
from qp_lint.tree import Node, Reference, Scalar, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

WRAP = ("draccus.wrap", "draccus.argparsing.wrap", "pyrallis.wrap", "pyrallis.argparsing.wrap")
CONFIG = "config_path"
LISTS = frozenset({"list", "List", "tuple", "Tuple", "Sequence"})


def wrapped(run: Interpreter, function: Function) -> Node | None:
    """The object that `@draccus.wrap()` calls a function with; None when it is not decorated so."""
    from qp_lint.evaluate.expressions import evaluate

    parameters = function.node.params.params
    for decorator in function.node.decorators:
        made = decorator.decorator
        if isinstance(made, cst.Call) and last_name(made) == "wrap" and parameters and parameters[0].annotation is not None:
            callee = evaluate(run, made.func, function.scope)
            cls = group_of(run, parameters[0].annotation.annotation, function.scope)
            if isinstance(callee, Reference) and callee.name in WRAP and cls is not None:
                arguments = arguments_of(run, made, function.scope)
                return call_from_words(
                    run, cls, launch_words(run, None), arguments, _option, config=CONFIG, path=arguments.get(0, CONFIG)
                )
    return None


def _parse(run: Interpreter, arguments: Arguments) -> Node | None:
    """`draccus.parse(config_class=…, config_path=…, args=…)`."""
    cls = arguments.get(0, "config_class")
    if not isinstance(cls, Class) or not cls.is_data():
        return None
    given = launch_words(run, arguments.get(2, "args"))
    return call_from_words(run, cls, given, arguments, _option, config=CONFIG, path=arguments.get(1, CONFIG))


def _option(name: str, parameter: Parameter) -> Option:
    convert = _listed if parameter.kinds & LISTS else convert_to(parameter)
    return Option(name, (f"--{name}",), convert=convert, span=parameter.span)


def _listed(word: Node) -> Node:
    return override(word, str(word.value)) if isinstance(word, Scalar) else word


def _from_dict(run: Interpreter, arguments: Arguments) -> Node | None:
    """`dacite.from_dict(data_class=…, data=…)`."""
    cls = arguments.get(0, "data_class")
    if not isinstance(cls, Class) or not cls.is_data():
        return None
    return call_from_tree(run, cls, arguments.get(1, "data") or Unknown(), arguments)


MODELS: dict[str, Model] = {
    "draccus.parse": _parse,
    "pyrallis.parse": _parse,
    "dacite.from_dict": _from_dict,
    "dacite.core.from_dict": _from_dict,
}
