"""Calls: of functions and classes of the project, of what the evaluator models, and of libraries, which are recorded."""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import libcst as cst

from qp_lint.evaluate import PROCESSES
from qp_lint.evaluate.interpreter import passed
from qp_lint.evaluate.operators import expand
from qp_lint.evaluate.truth import either, settled
from qp_lint.evaluate.values import (
    Bound,
    Class,
    Command,
    Decorator,
    Function,
    Instance,
    LibraryInstance,
    Method,
    Part,
    Quiet,
    Scope,
    Super,
    may_lack,
)
from qp_lint.text import Span
from qp_lint.tree import Call, Choice, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice, leaves

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

OPTIONS = 8  # of a Choice that is called
SILENT = frozenset({"info", "debug", "warning", "error", "warning_once", "info_once", "exception", "critical", "setLevel"})
REMOTE = ("remote", "spawn", "submit")  # Ray, Modal, Prefect: the same call on another machine
SAME = frozenset(
    {"to", "cuda", "cpu", "eval", "half", "float", "bfloat16", "train", "requires_grad_", "to_empty", "share_memory"}
)


@dataclass(slots=True)
class Arguments:
    """The evaluated arguments of a call; `open`: there are some that are not known."""

    args: tuple[Node, ...] = ()
    keywords: dict[str, Entry] = field(default_factory=dict)
    open: bool = False
    span: Span | None = None  # the whole call
    name_span: Span | None = None  # what is called
    scope: Scope | None = None  # where the call stands
    name: str = ""  # the dotted name of the library function that is called

    def get(self, index: int, name: str = "") -> Node | None:
        """The argument at a position, or by name."""
        if name in self.keywords:
            return self.keywords[name].value
        return self.args[index] if 0 <= index < len(self.args) else None

    def after(self, *first: Node) -> Arguments:
        """The same with further positional arguments in front."""
        return dataclasses.replace(self, args=(*first, *self.args))


def call_expression(run: Interpreter, node: cst.Call, scope: Scope) -> Node:
    """The value of a call."""
    from qp_lint.evaluate.expressions import evaluate

    if isinstance(node.func, cst.Name) and node.func.value == "super" and scope.owner is not None:
        return _super(scope)
    callee = evaluate(run, node.func, scope)
    return call(run, callee, arguments_of(run, node, scope))


def _super(scope: Scope) -> Node:
    if scope.owner is None or scope.receiver is None:
        return Unknown()
    return Super(scope.owner, scope.receiver)


def arguments_of(run: Interpreter, node: cst.Call, scope: Scope) -> Arguments:
    """Evaluate the arguments of a call expression."""
    from qp_lint.evaluate.expressions import evaluate

    args: list[Node] = []
    keywords: dict[str, Entry] = {}
    open_ = lost = False  # lost: where positional arguments go, behind a `*` of unknown length
    for arg in node.args:
        value = evaluate(run, arg.value, scope)
        if arg.star == "**":
            found, more = expand([value])
            keywords.update(found)
            open_ = open_ or more
        elif arg.star == "*":
            known = items_of(settled(run, value))
            lost = lost or known is None
            open_ = open_ or lost
            args += known or ()
        elif arg.keyword is not None:
            keywords[arg.keyword.value] = Entry(_given(value, arg.value, scope), scope.file.span(arg.keyword))
        elif not lost:
            args.append(_given(value, arg.value, scope))
    return Arguments(tuple(args), keywords, open_, scope.file.span(node), scope.file.span(node.func), scope)


def _given(value: Node, written: cst.BaseExpression, scope: Scope) -> Node:
    """An argument: a plain value remembers that it was given here; the ways of objects are told by the functions around."""
    plain = all(isinstance(leaf, (Scalar, Reference)) for leaf in leaves(value))
    return passed(value, scope.file.span(written)) if plain else value


def items_of(value: Node) -> list[Node] | None:
    """What `*value` gives, None where that is not known."""
    if isinstance(value, Sequence) and not value.open:
        return list(value.items)
    if isinstance(value, Mapping) and not value.open:
        if may_lack(*value.entries.values()):
            return None
        return [Scalar(key, span=entry.span) for key, entry in value.entries.items()]
    if isinstance(value, Scalar) and isinstance(value.value, str):
        return [Scalar(letter, span=value.span) for letter in value.value]
    if isinstance(value, Instance) and value.cls is not None and value.cls.outside() == "typing.NamedTuple":
        return [value.attributes[name] for name in value.cls.fields() if name in value.attributes]
    return None


def call(run: Interpreter, callee: Node, arguments: Arguments) -> Node:
    """Call a value."""
    from qp_lint.evaluate.classes import instantiate
    from qp_lint.evaluate.functions import invoke
    from qp_lint.evaluate.methods import call_method

    run.step()
    if isinstance(callee, Choice):
        return _call_options(run, callee, arguments)
    if isinstance(callee, Function):
        if not arguments.args and not arguments.keywords and isinstance(callee.node, cst.FunctionDef) and callee.node.decorators:
            from qp_lint.evaluate.hydra import configured
            from qp_lint.evaluate.structured import wrapped

            config = configured(run, callee) or wrapped(run, callee)
            arguments = arguments.after(config) if config is not None else arguments
        return invoke(run, callee, _handed(arguments))
    if isinstance(callee, Bound):
        given = {name: Entry(value) for name, value in callee.keywords.items()}
        merged = dataclasses.replace(arguments.after(*callee.args), keywords={**given, **arguments.keywords})
        return call(run, callee.function, merged)
    if isinstance(callee, Class):
        return instantiate(run, callee, _handed(arguments))
    if isinstance(callee, Method):
        return call_method(run, callee, arguments)
    if isinstance(callee, Reference):
        return call_reference(run, callee, arguments)
    if isinstance(callee, Part):
        return call_part(run, callee, arguments)
    if isinstance(callee, (Command, Decorator)):
        from qp_lint.evaluate.commands import call_command

        return call_command(run, callee, arguments)
    if isinstance(callee, (Instance, LibraryInstance)):
        found = callee.cls.attribute("__call__") if callee.cls is not None else None
        if isinstance(found, Function):
            return invoke(run, found, _handed(arguments.after(callee)))
    if isinstance(callee, Call):
        return record(run, ".__call__", arguments, callee)
    return Unknown(hint=callee.hint if isinstance(callee, Unknown) else "", span=arguments.span)


def _handed(arguments: Arguments) -> Arguments:
    """The arguments as a function of the project gets them: passed at the call."""
    span = arguments.span
    return dataclasses.replace(
        arguments,
        args=tuple(passed(value, span) for value in arguments.args),
        keywords={name: Entry(_handed_at(entry, span), entry.span) for name, entry in arguments.keywords.items()},
    )


def _handed_at(entry: Entry, call_span: Span | None) -> Node:
    """A keyword's value: passed at its name, unless it is written in the call."""
    written = entry.value.span
    if call_span is None or (written is not None and call_span.covers(written)):
        return entry.value
    named = entry.span is not None and call_span.covers(entry.span)  # else it comes out of a `**`
    return passed(entry.value, entry.span if named else call_span)


def _call_options(run: Interpreter, callee: Choice, arguments: Arguments) -> Node:
    """Call each of several values: each on its side of the branch that decides between them."""
    if callee.branch is not None:
        bodies: list[Callable[[], Node]] = [functools.partial(call, run, option, arguments) for option in callee.options]
        return either(run, callee.branch, bodies, [{} for _ in bodies])
    if len(callee.options) > OPTIONS:
        return Unknown(span=arguments.span)
    return choice([call(run, option, arguments) for option in callee.options])


def record(run: Interpreter, function: str, arguments: Arguments, receiver: Node | None = None) -> Call:
    """Record a library call with these arguments."""
    return run.library_call(
        function,
        arguments.args,
        dict(arguments.keywords),
        open=arguments.open,
        receiver=receiver,
        span=arguments.span,
        name_span=arguments.name_span,
    )


def call_reference(run: Interpreter, callee: Reference, arguments: Arguments) -> Node:
    """Call a library's function: a model of it, else a record; the unmodelled standard library is not worth one."""
    from qp_lint.evaluate.models import model_of

    model = model_of(callee.name)
    if model is not None:
        found = model(run, dataclasses.replace(arguments, name=callee.name))
        if found is not None:
            return found
    if callee.name in PROCESSES:
        record(run, callee.name, arguments)
    if callee.name.partition(".")[0] in STANDARD:
        return Quiet(hint=callee.name, span=arguments.span)
    return record(run, callee.name, arguments)


STANDARD = frozenset({*sys.stdlib_module_names, "builtins", "typing_extensions", "tqdm", "loguru", "rich"})


def call_part(run: Interpreter, callee: Part, arguments: Arguments) -> Node:
    """Call a method of a value that is not known, or of a library's object."""
    receiver = owner_of(callee)
    if isinstance(receiver, Quiet):
        return Quiet(span=arguments.span)
    if callee.name in SILENT:
        return Unknown(span=arguments.span)
    if callee.name in REMOTE and isinstance(callee.base, (Function, Bound, Class)):
        return call(run, callee.base, arguments)
    if callee.name == "submit" and isinstance(receiver, Call) and receiver.function.startswith("submitit.") and arguments.args:
        call(run, arguments.args[0], dataclasses.replace(arguments, args=arguments.args[1:]))  # in a job of Slurm's
    found = record(run, f".{callee.name}", arguments, receiver)
    if callee.name in SAME and not (isinstance(receiver, Call) and callee.name == "train" and _is_trainer(receiver)):
        return callee.base if isinstance(callee.base, Node) else found
    return found


def _is_trainer(node: Call) -> bool:
    return node.function.rpartition(".")[2].endswith("Trainer")


def owner_of(node: Part) -> Node | None:
    """The nearest object whose part a value is: of `trainer.model.save` the trainer."""
    base = node.base
    while isinstance(base, Part) and base.base is not None:
        base = base.base
    return base


def call_with(run: Interpreter, callee: Node, *args: Node, **keywords: Any) -> Node:
    """Call a value from inside a model."""
    entries = {name: Entry(value if isinstance(value, Node) else Scalar(value)) for name, value in keywords.items()}
    return call(run, callee, Arguments(tuple(args), entries))
