"""Classes of the project: plain classes, data classes, enumerations, and subclasses of a library's classes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import libcst as cst

from qp_lint.evaluate.calls import Arguments, call_with
from qp_lint.evaluate.values import Class, EnumMember, Field, Function, Instance, LibraryInstance, Member, Scope
from qp_lint.tree import Call, Entry, Node, Reference, Scalar, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})


def define_class(run: Interpreter, node: cst.ClassDef, scope: Scope) -> Node:
    """A `class` statement."""
    from qp_lint.evaluate.expressions import evaluate
    from qp_lint.evaluate.functions import last_name

    bases = [evaluate(run, arg.value, scope) for arg in node.bases]
    local = tuple(base for base in bases if isinstance(base, Class))
    library = [base.name for base in bases if isinstance(base, Reference) and not _is_plumbing(base.name)]
    cls = Class(
        node.name.value,
        scope.file,
        local,
        next((name for name in library if name in ENUMS), library[0] if library else ""),
        decorators=tuple(last_name(item.decorator) for item in node.decorators),
        opaque=any(not isinstance(base, (Class, Reference)) for base in bases),
        span=scope.file.span(node.name),
    )
    _body(run, node, cls, Scope(scope.file, cls.attributes, scope, owner=cls, is_class=True))
    if any(item.library in ENUMS for item in cls.lineage()):
        for name, value in list(cls.attributes.items()):
            if isinstance(value, Scalar) and not name.startswith("_"):
                cls.attributes[name] = EnumMember(value.value, value.raw, name=name, span=value.span, via=value.via)
    return cls


def _is_plumbing(name: str) -> bool:
    """Bases that add nothing a reader could know: of the standard library, except enumerations."""
    package = name.partition(".")[0]
    return package in ("builtins", "abc", "typing", "typing_extensions", "collections") and name != "typing.NamedTuple"


def _body(run: Interpreter, node: cst.ClassDef, cls: Class, scope: Scope) -> None:
    from qp_lint.evaluate.expressions import evaluate
    from qp_lint.evaluate.statements import block

    for statement in node.body.body:
        parts = statement.body if isinstance(statement, cst.SimpleStatementLine) else (statement,)
        for part in parts:
            if isinstance(part, cst.AnnAssign) and isinstance(part.target, cst.Name):
                value = evaluate(run, part.value, scope) if part.value is not None else None
                _member(run, cls, part, value, scope)
            else:
                block(run, (part,), scope)


def _member(run: Interpreter, cls: Class, node: cst.AnnAssign, value: Node | None, scope: Scope) -> None:
    assert isinstance(node.target, cst.Name)
    name = node.target.value
    span = scope.file.span(node.target)
    spec = value if isinstance(value, Field) else None
    default = spec.default if spec is not None else value
    cls.members[name] = Member(
        name,
        default,
        spec.factory if spec is not None else None,
        node.annotation.annotation,
        scope,
        span,
        spec.metadata if spec is not None else None,
    )
    if default is not None:
        cls.attributes[name] = default


def instantiate(run: Interpreter, cls: Class, arguments: Arguments) -> Node:
    """Call a class of the project."""
    library = cls.outside()
    if library in ENUMS:
        return _enum_member(cls, arguments)
    if library and library not in ("pydantic.BaseModel", "pydantic_settings.BaseSettings", "typing.NamedTuple"):
        return _library_instance(run, cls, library, arguments)
    instance = Instance(cls, span=arguments.span, open=cls.opaque)
    if isinstance(cls.attribute("__init__"), Function):
        _initialise(run, instance, cls, arguments)
    elif cls.is_data():
        fill(run, instance, cls, arguments)
    return instance


def _initialise(run: Interpreter, instance: Node, cls: Class, arguments: Arguments) -> None:
    from qp_lint.evaluate.functions import invoke

    init = cls.attribute("__init__")
    if isinstance(init, Function):
        invoke(run, init, arguments.after(instance))


def fill(run: Interpreter, instance: Instance, cls: Class, arguments: Arguments) -> None:
    """What the generated `__init__` of a data class does: fields from the arguments, else their defaults."""
    from qp_lint.evaluate.functions import invoke

    for index, member in enumerate(cls.fields().values()):
        given = arguments.get(index, member.name)
        value = given if given is not None else default_of(run, member)
        if given is None and arguments.open:
            value = choice([value, Unknown()])
        run.state.put(instance.attributes, member.name, value)
    after = cls.attribute("__post_init__")
    if isinstance(after, Function):
        invoke(run, after, Arguments((instance,)))


def default_of(run: Interpreter, member: Member) -> Node:
    """The default of a field; unknown for a required one."""
    if member.factory is not None:
        return call_with(run, member.factory)
    return member.default if member.default is not None else Unknown(hint=member.name)


def _enum_member(cls: Class, arguments: Arguments) -> Node:
    value = arguments.get(0, "value")
    members = [member for item in cls.lineage() for member in item.attributes.values() if isinstance(member, EnumMember)]
    if isinstance(value, Scalar):
        return next((dataclasses.replace(item, via=value.via) for item in members if item.value == value.value), Unknown())
    return Unknown(span=arguments.span)


def _library_instance(run: Interpreter, cls: Class, library: str, arguments: Arguments) -> Node:
    """An instance of a subclass of a library's class; its own `__init__` says what the library's gets."""
    own = isinstance(cls.attribute("__init__"), Function)
    instance = LibraryInstance(
        library,
        () if own else arguments.args,
        {} if own else dict(arguments.keywords),
        False if own else arguments.open,
        order=len(run.calls),
        when=tuple(run.arms),
        name_span=arguments.name_span,
        span=arguments.span,
        cls=cls,
    )
    run.record(instance)
    if own:
        _initialise(run, instance, cls, arguments)
    elif cls.is_data():
        complete(run, instance, cls)
    return instance


def complete(run: Interpreter, instance: LibraryInstance, cls: Class) -> None:
    """Add the defaults that a data class of the project gives to fields of the library's data class; run `__post_init__`."""
    from qp_lint.evaluate.functions import invoke

    for member in cls.fields().values():
        if member.name not in instance.keywords:
            run.state.put(instance.keywords, member.name, Entry(default_of(run, member), member.span))
    after = cls.attribute("__post_init__")
    if isinstance(after, Function):
        invoke(run, after, Arguments((instance,)))


def initialise_library(run: Interpreter, instance: Node, arguments: Arguments) -> None:
    """`super().__init__(...)` in a subclass of a library's class."""
    if not isinstance(instance, Call):
        return
    run.state.field(instance, "args", arguments.args)
    run.state.field(instance, "open", arguments.open)
    for name, entry in arguments.keywords.items():
        run.state.put(instance.keywords, name, entry)
