"""Attributes: `value.name`."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from qp_lint.evaluate.functions import bound_to, special
from qp_lint.evaluate.names import force
from qp_lint.evaluate.operators import lift
from qp_lint.evaluate.values import (
    DATA_BASES,
    Argv,
    Bound,
    Class,
    Command,
    DictObject,
    EnumMember,
    Function,
    Gone,
    Instance,
    LibraryInstance,
    Method,
    Module,
    Parser,
    Part,
    Path,
    Quiet,
    Super,
    View,
)
from qp_lint.text import Span
from qp_lint.tree import Call, Choice, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, leaves

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

UNASKED = ("do_train", "do_predict")  # False unless given (transformers, training_args.py); do_eval follows from eval_strategy
DTYPE = re.compile(r"torch\.(?:(?P<float>b?float\w*|half|double)|u?int\w*|bool|long|short|q\w*int\w*)")
OBJECTS = 4  # of a Choice of library objects that are told apart when a method is called
FIELDS = ("__dataclass_fields__", "__annotations__")
MAPPING_METHODS = frozenset(
    ["get", "items", "keys", "values", "update", "copy", "pop", "setdefault", "popitem", "clear", "to_dict", "to_container"]
)
CONFIG_METHODS = frozenset(
    ["merge_from_file", "merge_from_list", "merge_from_other_cfg", "clone", "freeze", "defrost", "update_from_flattened_dict"]
)


def get_attribute(run: Interpreter, receiver: Node, name: str, span: Span | None) -> Node:
    """The attribute `name` of a value; `span` is the whole expression."""
    if isinstance(receiver, Choice):
        options = leaves(receiver)
        if len(options) > OBJECTS and any(isinstance(option, Call) for option in options):
            return part(run, receiver, name, span)
        return lift(receiver, lambda option: get_attribute(run, option, name, span))
    if isinstance(receiver, Reference):
        if name == "argv" and receiver.name == "sys":
            return run.argv()
        if name == "FLAGS" and receiver.name == "absl.flags":
            return run.flags
        if name == "is_floating_point" and (kind := DTYPE.fullmatch(receiver.name)):
            return Scalar(kind["float"] is not None, span=span)
        return Reference(f"{receiver.name}.{name}", span=span)
    if isinstance(receiver, Module):
        return module_attribute(run, receiver, name)
    if isinstance(receiver, Instance):
        return _instance(run, receiver, name, span)
    if isinstance(receiver, Call):
        return _call(run, receiver, name, span)
    if isinstance(receiver, Class):
        return _class(run, receiver, name, span)
    if isinstance(receiver, Scalar):
        return _scalar(run, receiver, name, span)
    if isinstance(receiver, Super):
        return _super(run, receiver, name)
    if isinstance(receiver, Parser):
        from qp_lint.evaluate.parsers import attribute_of

        return attribute_of(run, receiver, name)
    if isinstance(receiver, DictObject) and receiver.cls is not None:
        return _dict_object(run, receiver, receiver.cls, name, span)
    if isinstance(receiver, Mapping):
        if name not in MAPPING_METHODS and (name in receiver.entries or (receiver.open and name not in CONFIG_METHODS)):
            return receiver.entries[name].value if name in receiver.entries else part(run, receiver, name, span)
        return Method(receiver, name)
    if isinstance(receiver, Quiet):
        return receiver
    if isinstance(receiver, Command) and name == "callback" and not receiver.typer and receiver.functions:
        return receiver.functions[0]
    if isinstance(receiver, Argv):
        return Method(receiver, name)
    if isinstance(receiver, Function) and name in ("__name__", "__qualname__"):
        return Scalar(receiver.name, receiver.name, span=receiver.span)
    if isinstance(receiver, (Unknown, Function, Bound)):
        return part(run, receiver, name, span)
    return Method(receiver, name)


def part(run: Interpreter, base: Node, name: str, span: Span | None) -> Node:
    """A part of a value that is not known: always the same one, so that branches on it agree."""
    key = (base.order if isinstance(base, Call) and base.order >= 0 else f"{id(base)}", name)
    if key not in run.parts:
        run.parts[key] = (Part(hint=f".{name}", base=base, name=name, span=span), base)
    return run.parts[key][0]


def module_attribute(run: Interpreter, module: Module, name: str) -> Node:
    """A name of a module of the project, or its submodule."""
    from qp_lint.evaluate.imports import submodule

    file = module.file
    if name in file.names:
        return force(run, file.names, name)
    found = submodule(run, module, name)
    if found is not None:
        return found
    if file.stars:
        return Reference(f"{file.stars[-1]}.{name}")
    return Unknown(hint=name)


def _instance(run: Interpreter, receiver: Instance, name: str, span: Span | None) -> Node:
    if name in receiver.attributes:
        value = receiver.attributes[name]
        default = receiver.cls.attribute(name) if receiver.cls is not None and isinstance(value, Choice) else None
        return value if default is None else lift(value, lambda option: default if isinstance(option, Gone) else option)
    if receiver.cls is not None:
        found = member(run, receiver, receiver.cls, name)
        if found is not None:
            return found
        if name == "__class__":
            return receiver.cls
        if receiver.cls.outside() in DATA_BASES:
            return Method(receiver, name)
    if name == "__dict__":
        return view(receiver)
    if name in FIELDS:
        return _fields(run, receiver, name)
    found = special(run, receiver, "__getattr__", Scalar(name)) if name[:2] != "__" else None
    return part(run, receiver, name, span) if found is None else found


def _fields(run: Interpreter, node: Node, name: str) -> Node:
    """`__dataclass_fields__` or `__annotations__`."""
    from qp_lint.evaluate.standard import fields_of

    found = fields_of(run, node)
    if found is None:
        return Unknown(hint=name)
    entries: dict[str, Entry] = {}
    for item in found.items:
        if isinstance(item, Instance) and isinstance(key := item.attributes["name"], Scalar):
            entries[str(key.value)] = Entry(item if name == FIELDS[0] else item.attributes["type"], key.span)
    return Mapping(entries, found.open)


def view(node: Instance | Call | Module) -> View:
    """`vars(node)`: its attributes as a mapping that can be written to."""
    if isinstance(node, Call):
        return View(dict(node.keywords), True, of=node, span=node.span)
    names = node.file.names if isinstance(node, Module) else node.attributes
    return View(
        {key: Entry(value) for key, value in names.items()}, isinstance(node, Module) or node.open, of=node, span=node.span
    )


def _dict_object(run: Interpreter, receiver: DictObject, cls: Class, name: str, span: Span | None) -> Node:
    """An attribute of an object that is a dict: its own, its class's, or where the class says so an entry."""
    if name in receiver.attributes:
        return receiver.attributes[name]
    if (found := member(run, receiver, cls, name)) is not None:
        return found
    if name == "__class__":
        return cls
    if name in MAPPING_METHODS or name[:2] == "__":
        return Method(receiver, name)
    reader = cls.attribute("__getattr__")
    if (receiver.linked or reader is not None) and name in receiver.entries:
        return receiver.entries[name].value
    if isinstance(reader, Function):
        return special(run, receiver, "__getattr__", Scalar(name)) or Unknown(hint=name)
    gives_null = isinstance(reader, Reference) and reader.name == "builtins.dict.get" and not receiver.open
    return Scalar(None) if gives_null else part(run, receiver, name, span)


def member(run: Interpreter, receiver: Node, cls: Class, name: str) -> Node | None:
    """A method, property or class attribute, read from an instance."""
    from qp_lint.evaluate.calls import Arguments
    from qp_lint.evaluate.functions import invoke

    found = cls.attribute(name)
    if not isinstance(found, Function):
        return found
    if found.kind == "property":
        return invoke(run, found, Arguments((receiver,)))
    return bound_to(found, receiver, cls)


def _call(run: Interpreter, receiver: Call, name: str, span: Span | None) -> Node:
    if isinstance(receiver, LibraryInstance) and receiver.cls is not None:
        if name in receiver.keywords:
            return receiver.keywords[name].value
        found = member(run, receiver, receiver.cls, name)
        if found is not None:
            return found
    if name in receiver.keywords:
        return receiver.keywords[name].value
    if name in UNASKED and receiver.function.endswith("TrainingArguments") and not receiver.open:
        return Scalar(False)
    return part(run, receiver, name, span)


def _class(run: Interpreter, receiver: Class, name: str, span: Span | None) -> Node:
    found = receiver.attribute(name)
    if isinstance(found, Function):
        return bound_to(found, receiver, receiver) if found.kind == "class" else found
    if found is not None:
        return found
    if name == "__name__":
        return Scalar(receiver.name)
    if name in FIELDS:
        return _fields(run, receiver, name)
    if name == "__members__":
        return Mapping({key: Entry(value) for key, value in receiver.attributes.items() if isinstance(value, EnumMember)})
    library = receiver.outside()
    if library in DATA_BASES:
        return Method(receiver, name)
    if library:
        if name[:1] != "_" and receiver.attributes.get(name) is None:
            return Reference(f"{library}.{name}", span=span)
        return Method(receiver, name)
    return part(run, receiver, name, span)


def _scalar(run: Interpreter, receiver: Scalar, name: str, span: Span | None) -> Node:
    if isinstance(receiver, EnumMember) and name in ("value", "_value_"):
        return receiver.content or Scalar(receiver.value, receiver.raw, span=receiver.span, via=receiver.via)
    if isinstance(receiver, EnumMember) and name in ("name", "_name_"):
        return Scalar(receiver.name, span=receiver.span, via=receiver.via)
    if isinstance(receiver, EnumMember) and receiver.cls is not None and receiver.cls.attribute(name) is not None:
        return member(run, receiver, receiver.cls, name) or Unknown(span=span)
    if isinstance(receiver, EnumMember) and receiver.cls is not None and (made := _initialised(run, receiver)) is not None:
        return made.attributes.get(name, Unknown(span=span))
    if isinstance(receiver, Path):
        text = str(receiver.value)
        if name == "parent":
            return Path(posixpath.dirname(text), span=receiver.span, via=receiver.via)
        if name == "parents":
            above = [posixpath.dirname(text)]
            while above[-1] not in ("", "/"):
                above.append(posixpath.dirname(above[-1]))
            return Sequence(tuple(Path(item, span=receiver.span, via=receiver.via) for item in above))
        if name == "parts":
            return Sequence(tuple(Scalar(item, span=receiver.span, via=receiver.via) for item in text.split("/") if item))
        stem, suffix = posixpath.splitext(posixpath.basename(text))
        plain = {"name": posixpath.basename(text), "stem": stem, "suffix": suffix}
        if name in plain:
            return Scalar(plain[name], span=receiver.span, via=receiver.via)
    if receiver.value is None:
        return Unknown(hint=f".{name}", span=span)
    return Method(receiver, name)


def _initialised(run: Interpreter, member: EnumMember) -> Instance | None:
    """What the `__init__` of an enumeration makes of a member's value."""
    content = member.content or Scalar(member.value, span=member.span)
    instance = Instance(member.cls)
    args = content.items if isinstance(content, Sequence) else (content,)
    return instance if special(run, instance, "__init__", *args) is not None else None


def _super(run: Interpreter, receiver: Super, name: str) -> Node:
    from qp_lint.evaluate.calls import Arguments
    from qp_lint.evaluate.functions import invoke

    instance = receiver.receiver
    cls = instance.cls if isinstance(instance, (Instance, LibraryInstance, Parser, DictObject)) and instance.cls else receiver.cls
    cls = instance if isinstance(instance, Class) else cls  # in a class method
    lineage = cls.lineage()
    behind = lineage[lineage.index(receiver.cls) + 1 :] if receiver.cls in lineage else lineage[1:]
    for item in behind:
        if name in item.attributes:
            found = item.attributes[name]
            if isinstance(found, Function) and found.kind == "property":
                return invoke(run, found, Arguments((instance,)))
            return bound_to(found, instance, cls) if isinstance(found, Function) else found
    return Method(receiver, name)
