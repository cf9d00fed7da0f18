"""Functions of the project: definition, binding of arguments, evaluation of the body at the call."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import libcst as cst

from qp_lint.evaluate.branches import Flow, Frame
from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.interpreter import passed
from qp_lint.evaluate.operators import present
from qp_lint.evaluate.state import blur
from qp_lint.evaluate.values import Class, DictObject, Function, Instance, LibraryInstance, Scope
from qp_lint.tree import Mapping, Node, Scalar, Sequence, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

DEPTH = 12  # of calls
SELF = 4  # of calls of a function inside of itself
TIMES = 64  # that one function is evaluated
DISPATCHERS = ("singledispatch", "singledispatchmethod")
MAKERS = frozenset({"command", "group", "callback"})  # the last names of decorators that make commands (`commands.py`)


def define_function(run: Interpreter, node: cst.FunctionDef, scope: Scope) -> Node:
    """A `def`: its defaults are evaluated now, its body at each call; decorators may make a command of it."""
    kind = "function"
    for decorator in node.decorators:
        kind = _KINDS.get(last_name(decorator.decorator), kind)
    name = _shown_name(run, node, scope)
    owner = scope.owner if scope.is_class else None
    made = Function(name, node, scope, defaults_of(run, node.params, scope), kind, owner, span=scope.file.span(node.name))
    if kind in ("setter", "deleter"):
        getter = scope.names.get(node.name.value)
        if isinstance(getter, Function) and getter.kind == "property":
            return dataclasses.replace(getter, setter=made) if kind == "setter" else getter
    if any(last_name(decorator.decorator) in DISPATCHERS for decorator in node.decorators):
        return Unknown(hint=name, span=made.span)  # which of its functions is called depends on types
    if any(last_name(decorator.decorator) == "local_entrypoint" for decorator in node.decorators):
        run.entries.append(made)  # what `modal run` calls
    if any(last_name(decorator.decorator) in MAKERS for decorator in node.decorators):
        from qp_lint.evaluate.commands import decorate

        return decorate(run, made, scope)
    if kind not in ("function", "context"):
        return made
    from qp_lint.evaluate.classes import decorated

    return decorated(run, node, made, scope)


def _shown_name(run: Interpreter, node: cst.FunctionDef, scope: Scope) -> str:
    """The `__name__` of a function: that of another under `@wraps(other)`."""
    from qp_lint.evaluate.expressions import evaluate

    for decorator in node.decorators:
        made = decorator.decorator
        if isinstance(made, cst.Call) and last_name(made) == "wraps" and made.args:
            wrapped = evaluate(run, made.args[0].value, scope)
            return wrapped.name if isinstance(wrapped, (Function, Class)) else node.name.value
    return node.name.value


_KINDS = {
    "staticmethod": "static",
    "classmethod": "class",
    "property": "property",
    "cached_property": "property",
    "computed_field": "property",
    "setter": "setter",
    "deleter": "deleter",
    "contextmanager": "context",
    "asynccontextmanager": "context",
}


def last_name(node: cst.BaseExpression) -> str:
    """The last part of a decorator's name."""
    if isinstance(node, cst.Call):
        node = node.func
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def defaults_of(run: Interpreter, parameters: cst.Parameters, scope: Scope) -> dict[str, Node]:
    """The values of the parameters' defaults."""
    from qp_lint.evaluate.expressions import evaluate

    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return {item.name.value: evaluate(run, item.default, scope) for item in every if item.default is not None}


def invoke(run: Interpreter, function: Function, arguments: Arguments) -> Node:
    """Evaluate a call of a function of the project."""
    from qp_lint.evaluate.expressions import evaluate
    from qp_lint.evaluate.statements import suite

    node = function.node
    times = run.evaluated.get(id(node), 0)
    again = sum(other is node for other, _ in run.active)
    same = sum(other is node and where is function.scope for other, where in run.active)
    body: Any = node.body if isinstance(node, cst.Lambda) else run.body(function)
    if body is None or len(run.active) >= DEPTH or again >= DEPTH // 2 or same >= SELF or times >= TIMES:
        for value in (*arguments.args, *(entry.value for entry in arguments.keywords.values())):
            if isinstance(value, (Mapping, Sequence)):
                blur(run, value)
        return Unknown(hint=function.name, span=arguments.span)
    run.evaluated[id(node)] = times + 1
    mark = len(run.calls)
    scope = _scope(function, arguments)
    run.active.append((node, function.scope))
    frame = Frame(len(run.arms))
    run.frames.append(frame)
    yielded, run.yielded = run.yielded, []
    if isinstance(node, cst.Lambda):
        flow, value = Flow.RETURN, evaluate(run, body, scope)
    else:
        run.returned = Scalar(None)
        flow = suite(run, body, scope)
        value = run.returned if flow is Flow.RETURN else Scalar(None)
        flow, value = frame.settle(run, flow, value)
    given, run.yielded = run.yielded, yielded
    if given:
        value = given[0] if function.kind == "context" and len(given) == 1 else Sequence(tuple(given), open=True)
    run.frames.pop()
    run.active.pop()
    run.returned = Scalar(None)
    if flow is Flow.RAISE:
        run.ended = True
    if isinstance(node, cst.FunctionDef) and any(_is_patch(decorator.decorator) for decorator in node.decorators):
        run.forget(mark)
    return passed(value, arguments.span)


def _is_patch(node: cst.BaseExpression) -> bool:
    """Whether a decorator is `mock.patch(…)` or one of its relatives (`patch.object`, `patch.dict`)."""
    while isinstance(node, (cst.Call, cst.Attribute)):
        if isinstance(node, cst.Attribute) and node.attr.value == "patch":
            return True
        node = node.func if isinstance(node, cst.Call) else node.value
    return isinstance(node, cst.Name) and node.value == "patch"


def _scope(function: Function, arguments: Arguments) -> Scope:
    names = bind(function, arguments)
    parent: Scope | None = function.scope
    while parent is not None and parent.is_class:
        parent = parent.parent
    first = _first_parameter(function)
    receiver = names.get(first) if first and function.owner is not None else None
    scope = Scope(function.scope.file, names, parent, owner=function.owner, receiver=receiver)
    if scope.owner is None and parent is not None:  # a function inside a method sees its `super()`
        scope.owner, scope.receiver = parent.owner, parent.receiver
    return scope


def _first_parameter(function: Function) -> str:
    parameters = function.node.params
    every = (*parameters.posonly_params, *parameters.params)
    return every[0].name.value if every else ""


def bind(function: Function, arguments: Arguments) -> dict[str, Node]:
    """The names of the parameters with the arguments of a call; missing ones without a default are unknown."""
    parameters = function.node.params
    names: dict[str, Node] = {}
    keywords = dict(arguments.keywords)
    positional = (*parameters.posonly_params, *parameters.params)
    for index, item in enumerate((*positional, *parameters.kwonly_params)):
        name = item.name.value
        if index < len(positional) and index < len(arguments.args):
            names[name] = arguments.args[index]
        elif name in keywords:
            names[name] = present(keywords.pop(name).value, function.defaults.get(name, Unknown(hint=name)))
        elif name in function.defaults:
            default = function.defaults[name]
            names[name] = choice([default, Unknown(hint=name)]) if arguments.open else default
        else:
            names[name] = Unknown(hint=name)
    if isinstance(parameters.star_arg, cst.Param):
        names[parameters.star_arg.name.value] = Sequence(arguments.args[len(positional) :], arguments.open)
    if parameters.star_kwarg is not None:
        names[parameters.star_kwarg.name.value] = Mapping(keywords, arguments.open)
    return names


def special(run: Interpreter, receiver: Node, name: str, *args: Node) -> Node | None:
    """What a method that Python itself calls (`__enter__`) gives; None when the value's class does not define it."""
    if not isinstance(receiver, (Instance, LibraryInstance, DictObject)) or receiver.cls is None:
        return None
    found = receiver.cls.attribute(name)
    return invoke(run, found, Arguments((receiver, *args))) if isinstance(found, Function) else None


def bound_to(function: Function, receiver: Node, cls: Class | None) -> Node:
    """A function found on a class, read from an instance (or, `receiver` None-like, the class itself)."""
    from qp_lint.evaluate.values import Bound

    if function.kind == "static":
        return function
    if function.kind == "class":
        return Bound(function, (cls if cls is not None else receiver,))
    return Bound(function, (receiver,))
