"""Classes of the project: plain classes, data classes, enumerations, and subclasses of a library's classes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import libcst as cst

from qp_lint.evaluate.calls import Arguments, call, call_with
from qp_lint.evaluate.operators import lift
from qp_lint.evaluate.values import (
    DATA_BASES,
    ENUMS,
    Bound,
    Class,
    DictObject,
    EnumMember,
    Field,
    Function,
    Instance,
    LibraryInstance,
    Member,
    Method,
    Scope,
)
from qp_lint.text import Span
from qp_lint.tree import Call, Entry, Mapping, Node, Reference, Scalar, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

MIXINS = frozenset({"builtins.str", "builtins.int", "enum.StrEnum", "enum.IntEnum", "enum.IntFlag"})
DICTS = ("builtins.dict", "collections.OrderedDict", "collections.UserDict")
GIN = ("gin.configurable", "gin.config.configurable", "gin.register", "gin.config.register")
AUTO = "auto()"  # how `enum.auto()` reads until its class is complete


def define_class(run: Interpreter, node: cst.ClassDef, scope: Scope) -> Node:
    """A `class` statement."""
    from qp_lint.evaluate.expressions import evaluate
    from qp_lint.evaluate.functions import invoke, last_name

    bases = [evaluate(run, arg.value, scope) for arg in node.bases]
    local = tuple(base for base in bases if isinstance(base, Class))
    named = [base.name for base in bases if isinstance(base, Reference)]
    library = [name for name in named if not _is_plumbing(name)]
    is_enum = any(base.is_enum() for base in local) or not ENUMS.isdisjoint(library)
    cls = Class(
        node.name.value,
        scope.file,
        local,
        next((name for name in library if name in ENUMS), library[0] if library else ""),
        decorators=tuple(last_name(item.decorator) for item in node.decorators),
        opaque=any(not isinstance(base, (Class, Reference)) for base in bases)
        or (not is_enum and any(map(_is_container, named))),
        mapping=any(name in DICTS for name in named),
        mixed=is_enum and not MIXINS.isdisjoint(named),
        span=scope.file.span(node.name),
    )
    _body(run, node, cls, Scope(scope.file, cls.attributes, scope, owner=cls, is_class=True))
    if is_enum:
        _make_members(cls)
    hook = next(
        (item.attributes["__init_subclass__"] for item in cls.lineage()[1:] if "__init_subclass__" in item.attributes), None
    )
    if isinstance(hook, Function):
        keywords = {arg.keyword.value: Entry(evaluate(run, arg.value, scope)) for arg in node.keywords if arg.keyword is not None}
        invoke(run, hook, Arguments((cls,), keywords))
    return decorated(run, node, cls, scope)


def _is_plumbing(name: str) -> bool:
    """Bases that add nothing a reader could know: of the standard library, except enumerations."""
    package = name.partition(".")[0]
    kept = ("typing.NamedTuple", "typing.TypedDict", "typing_extensions.TypedDict")
    return package in ("builtins", "abc", "typing", "typing_extensions", "collections") and name not in kept


def _is_container(name: str) -> bool:
    """Whether instances of a standard class hold values of their own: `class Config(dict)`."""
    last = name.rpartition(".")[2]
    plain = last == "object" or last.endswith(("Error", "Exception"))
    return name.startswith(("builtins.", "collections.")) and not plain


def _make_members(cls: Class) -> None:
    """The plain names of an enumeration's body are its members."""
    last = 0
    for name, value in list(cls.attributes.items()):
        if name.startswith("_") or isinstance(value, (Function, Class)):
            continue
        if isinstance(value, Scalar):
            plain = value.value
            if plain is None and value.raw == AUTO:
                plain = name.lower() if cls.outside() == "enum.StrEnum" else last + 1
            last = plain if isinstance(plain, int) else last
            cls.attributes[name] = EnumMember(plain, value.raw, name=name, cls=cls, span=value.span, via=value.via)
        else:
            full = f"{cls.name}.{name}"
            cls.attributes[name] = EnumMember(full, full, name=name, cls=cls, content=value, span=value.span, via=value.via)


def decorated(run: Interpreter, node: cst.ClassDef | cst.FunctionDef, made: Node, scope: Scope) -> Node:
    """A class or function as the decorators of the project leave it.

    Those of libraries change nothing that is seen here, but gin's: its files may give any default another value.
    """
    from qp_lint.evaluate.expressions import evaluate

    value = made
    for item in reversed(node.decorators):
        name = item.decorator.func if isinstance(item.decorator, cst.Call) else item.decorator
        callee = evaluate(run, name, scope)
        if isinstance(callee, Reference) and callee.name in GIN and isinstance(value, Function):
            value = dataclasses.replace(
                value, defaults={key: choice([node, Unknown(hint=key)]) for key, node in value.defaults.items()}
            )
        if not isinstance(callee, (Function, Bound, Class)):
            continue
        maker = evaluate(run, item.decorator, scope)
        if isinstance(maker, (Function, Bound, Class)):
            found = call_with(run, maker, value)
            if isinstance(found, (Function, Bound, Class, Instance, LibraryInstance, Call)):
                value = found
    return value


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
    for name, value in list(cls.attributes.items()):
        if isinstance(value, Field):  # attrs without annotations: `bits = attr.ib(default=4)`
            _add_member(cls, Member(name, value.default, value.factory, scope=scope, span=value.span, extra=value.metadata))


def _add_member(cls: Class, member: Member) -> None:
    cls.members[member.name] = member
    if member.default is not None:
        cls.attributes[member.name] = member.default
    elif isinstance(cls.attributes.get(member.name), Field):
        del cls.attributes[member.name]


def _member(run: Interpreter, cls: Class, node: cst.AnnAssign, value: Node | None, scope: Scope) -> None:
    assert isinstance(node.target, cst.Name)
    name = node.target.value
    span = scope.file.span(node.target)
    spec = value if isinstance(value, Field) else None
    default = spec.default if spec is not None else value
    kind = _annotation(node.annotation.annotation)
    if kind == "ClassVar" or (kind == "KW_ONLY" and value is None):
        if default is not None:
            cls.attributes[name] = default
        return
    _add_member(
        cls,
        Member(
            name,
            default,
            spec.factory if spec is not None else None,
            node.annotation.annotation,
            scope,
            span,
            spec.metadata if spec is not None else None,
            spec.init if spec is not None else True,
        ),
    )


def _annotation(node: cst.BaseExpression) -> str:
    """The last name of an annotation, without what stands in brackets."""
    node = node.value if isinstance(node, cst.Subscript) else node
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def instantiate(run: Interpreter, cls: Class, arguments: Arguments) -> Node:
    """Call a class of the project."""
    from qp_lint.evaluate.parsers import KINDS, make_parser

    library = cls.outside()
    if cls.is_enum():
        return lift(arguments.get(0, "value") or Unknown(), lambda value: _enum_member(cls, value, arguments.span))
    if library.endswith(".TypedDict"):
        return Mapping(dict(arguments.keywords), arguments.open or bool(arguments.args), span=arguments.span)
    if library in KINDS:
        return make_parser(run, arguments, KINDS[library], cls)
    if library and library not in DATA_BASES:
        return _library_instance(run, cls, library, arguments)
    if cls.is_mapping():
        return _dict_object(run, cls, arguments)
    made = _made_by_new(run, cls, arguments)
    if made is not None and not isinstance(made, (Unknown, Instance)):
        return made
    open_ = made is not None or any(item.opaque for item in cls.lineage())
    instance = made if isinstance(made, Instance) else Instance(cls, span=arguments.span, open=open_)
    if instance.cls is not cls:
        return instance
    if isinstance(cls.attribute("__init__"), Function):
        _initialise(run, instance, cls, arguments)
    elif cls.is_data():
        fill(run, instance, cls, arguments)
    return instance


def _dict_object(run: Interpreter, cls: Class, arguments: Arguments) -> Node:
    made = DictObject({}, cls=cls, span=arguments.span)
    if isinstance(cls.attribute("__init__"), Function):
        _initialise(run, made, cls, arguments)
    else:
        call(run, Method(made, "update"), arguments)
    return made


def _made_by_new(run: Interpreter, cls: Class, arguments: Arguments) -> Node | None:
    """What a `__new__` of the project gives; None where there is none."""
    from qp_lint.evaluate.functions import invoke

    new = cls.attribute("__new__")
    return invoke(run, new, arguments.after(cls)) if isinstance(new, Function) else None


def _initialise(run: Interpreter, instance: Node, cls: Class, arguments: Arguments) -> None:
    from qp_lint.evaluate.functions import invoke

    init = cls.attribute("__init__")
    if isinstance(init, Function):
        invoke(run, init, arguments.after(instance))


def fill(run: Interpreter, instance: Instance, cls: Class, arguments: Arguments) -> None:
    """What the generated `__init__` of a data class does: fields from the arguments, else their defaults."""
    from qp_lint.evaluate.functions import invoke

    settable = [member for member in cls.fields().values() if member.init]
    from_environment = cls.outside().endswith(".BaseSettings")
    for member in cls.fields().values():
        given = arguments.get(settable.index(member), member.name) if member.init else None
        value = given if given is not None else default_of(run, member)
        if given is None and from_environment:
            value = _variable(run, cls, member, value)
        if given is None and arguments.open:
            value = choice([value, Unknown()])
        run.state.put(instance.attributes, member.name, value)
    after = cls.attribute("__post_init__")
    if isinstance(after, Function):
        invoke(run, after, Arguments((instance,)))


def _variable(run: Interpreter, cls: Class, member: Member, default: Node) -> Node:
    """A field of pydantic's settings: what the environment has under its name, in any case, else its default."""
    from qp_lint.evaluate.signatures import annotation_names, converter

    config = cls.attribute("model_config") or cls.attribute("Config")
    named = config.keywords.get("env_prefix") if isinstance(config, Call) else None
    prefix = named.value if named is not None else config.attributes.get("env_prefix") if isinstance(config, Class) else None
    if prefix is not None and not isinstance(prefix, Scalar):
        return Unknown(hint=member.name)
    name = f"{prefix.value if prefix else ''}{member.name}"
    found = next((value for key, value in run.env.items() if key.lower() == name.lower()), None)
    if found is None:
        return run.unset_variable(name.upper(), default)
    convert = converter(annotation_names(member.scope, member.annotation))
    return convert(found) if convert is not None else found


def default_of(run: Interpreter, member: Member) -> Node:
    """The default of a field; unknown for a required one."""
    if member.factory is not None:
        return call_with(run, member.factory)
    return member.default if member.default is not None else Unknown(hint=member.name)


def members_of(cls: Class) -> list[EnumMember]:
    """The members of an enumeration."""
    return [member for item in cls.lineage() for member in item.attributes.values() if isinstance(member, EnumMember)]


def _enum_member(cls: Class, value: Node, span: Span | None) -> Node:
    if isinstance(value, EnumMember) and value.cls is cls:
        return value
    if isinstance(value, Scalar):
        for item in members_of(cls):
            if item.value == value.value:
                return dataclasses.replace(item, via=value.via)
    return Unknown(span=span)


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
    if library.endswith("LightningCLI"):
        from qp_lint.evaluate.jsonargparse import lightning_defaults

        lightning_defaults(run, instance, cls)
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
