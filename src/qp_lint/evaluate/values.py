"""The evaluator's own values: what is defined in the project.  Readers of calls ignore them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qp_lint.text import Span
from qp_lint.tree import Call, Entry, Mapping, Node, Plain, Scalar, Sequence, Unknown, leaves

if TYPE_CHECKING:
    import libcst

    from qp_lint.parse.python import PythonTree


@dataclass(eq=False, slots=True)
class File:
    """A module that is or was evaluated: its names, and its tree."""

    path: str  # project path; "" for a package without `__init__.py`
    name: str  # dotted; `__main__` for the script
    package: str  # what relative imports start from
    folder: str  # project path of the folder that holds it
    names: dict[str, Node] = field(default_factory=dict)
    tree: PythonTree | None = None
    stars: list[str] = field(default_factory=list)  # library modules imported with `*`
    outside: bool = False  # a package that is not in the project: its modules are library names

    def span(self, node: libcst.CSTNode) -> Span | None:
        """Where a node of this module stands."""
        return self.tree.span(node) if self.tree is not None else None


@dataclass(eq=False, slots=True)
class Scope:
    """Where names are looked up and assigned: a function's locals, a class body, a module."""

    file: File
    names: dict[str, Node]
    parent: Scope | None = None
    shared: set[str] = field(default_factory=set)  # declared nonlocal
    outer: set[str] = field(default_factory=set)  # declared global
    owner: Class | None = None  # the class whose body or method this is
    receiver: Node | None = None  # a method's first argument
    is_class: bool = False
    inner: bool = False  # of a comprehension


@dataclass(frozen=True, slots=True, eq=False)
class Module(Node):
    """A module of the project."""

    file: File


@dataclass(frozen=True, slots=True, eq=False)
class Lazy(Node):
    """A name imported from a module of the project that was not evaluated yet; `name` is "" for the module itself."""

    load: Callable[[], Node]


@dataclass(frozen=True, slots=True, eq=False)
class Function(Node):
    """A function, method or lambda of the project; `kind` is function, static, class, property, context or generator."""

    name: str
    node: Any  # libcst.FunctionDef | libcst.Lambda
    scope: Scope
    defaults: dict[str, Node]
    kind: str = "function"
    owner: Class | None = None
    setter: Function | None = None  # of a property


@dataclass(frozen=True, slots=True, eq=False)
class Bound(Node):
    """A function with its first arguments already given: a method of an instance, `functools.partial`."""

    function: Node
    args: tuple[Node, ...] = ()
    keywords: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Method(Node):
    """A method of a value that the evaluator models itself: of a string, a list, an argument parser."""

    receiver: Node
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Command(Node):
    """A command of click or Typer: the `functions` behind it, its options, and the commands of a group."""

    functions: list[Function] = field(default_factory=list)  # of a Typer application those that run before its commands
    options: list[Any] = field(default_factory=list)  # commands.CommandOption
    commands: dict[str, Command] = field(default_factory=dict)
    group: bool = False
    typer: bool = False  # its options are the functions' parameters


@dataclass(frozen=True, slots=True, eq=False)
class Decorator(Node):
    """A decorator that makes commands, with its arguments: what it makes of a value."""

    apply: Callable[[Node], Node]


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A field of a data class: its default (a node, a factory's result when called, or None) and annotation."""

    name: str
    default: Node | None = None
    factory: Node | None = None  # called for the default
    annotation: Any = None  # libcst expression
    scope: Scope | None = None
    span: Span | None = None  # the field's name
    extra: Node | None = None  # `metadata=`
    init: bool = True  # whether the made `__init__` takes it


@dataclass(frozen=True, slots=True, eq=False)
class Class(Node):
    """A class of the project; `library` is the nearest base that is not of the project."""

    name: str
    file: File
    bases: tuple[Class, ...] = ()
    library: str = ""
    attributes: dict[str, Node] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)  # annotated names of the body
    decorators: tuple[str, ...] = ()
    opaque: bool = False  # a base is not known, or a container
    mapping: bool = False  # a base is dict
    mixed: bool = False  # an enumeration whose members equal their values
    order: list[Class] = field(default_factory=list)  # the class and its bases, once it was asked for

    def lineage(self) -> list[Class]:
        """The class and its bases of the project, in the order in which attributes are looked up."""
        if self.order:
            return self.order
        chains = [base.lineage() for base in self.bases]
        found = [self, *chains.pop()] if len(chains) == 1 else [self]
        chains += [list(self.bases)] if chains else []
        while chains := [chain for chain in chains if chain]:
            heads = [chain[0] for chain in chains]
            free = [head for head in heads if not any(head in chain[1:] for chain in chains)]
            first = (free or heads)[0]
            found.append(first)
            chains = [[item for item in chain if item is not first] for chain in chains]
        self.order.extend(found)
        return self.order

    def attribute(self, name: str) -> Node | None:
        """A class attribute or method, own or inherited."""
        return next((item.attributes[name] for item in self.lineage() if name in item.attributes), None)

    def every(self) -> dict[str, Node]:
        """All class attributes and methods, inherited ones first."""
        return {name: value for item in reversed(self.lineage()) for name, value in item.attributes.items()}

    def outside(self) -> str:
        """The library class that it inherits from, "" if none."""
        return next((item.library for item in self.lineage() if item.library), "")

    def is_enum(self) -> bool:
        """Whether it is an enumeration."""
        return any(item.library in ENUMS for item in self.lineage())

    def is_special(self, *names: str) -> bool:
        """Whether instances may behave in their own way where Python asks for one of these methods (`__len__`)."""
        return self.opaque or any(item.opaque for item in self.lineage()) or any(self.attribute(name) for name in names)

    def is_mapping(self) -> bool:
        """Whether its objects are dicts that keep what is put into them."""
        return any(item.mapping for item in self.lineage()) and not any(map(self.attribute, OWN_ITEMS))

    def is_data(self) -> bool:
        """Whether it has an `__init__` made from its fields."""
        return any(DATA_MAKERS.intersection(item.decorators) or item.library in DATA_BASES for item in self.lineage())

    def fields(self) -> dict[str, Member]:
        """The fields of a data class, inherited ones first."""
        return {name: member for item in reversed(self.lineage()) for name, member in item.members.items()}


OWN_ITEMS = ("__new__", "__getitem__", "__setitem__", "__missing__", "__contains__", "__iter__", "__getattribute__")
ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})
DATA_MAKERS = frozenset({"dataclass", "define", "attrs", "frozen", "mutable", "s"})
DATA_BASES = frozenset({"pydantic.BaseModel", "pydantic_settings.BaseSettings", "pydantic.BaseSettings", "typing.NamedTuple"})


@dataclass(frozen=True, slots=True, eq=False)
class Instance(Node):
    """An instance of a class of the project, or a plain namespace (`cls` None); `open`: it may hold more than is known."""

    cls: Class | None
    attributes: dict[str, Node] = field(default_factory=dict)
    open: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LibraryInstance(Call):
    """An instance of a class of the project that inherits from a library's: readers see the library's class called."""

    cls: Class | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Parser(Node):
    """An argument parser; `kind` is argparse, jsonargparse, hf (HfArgumentParser) or trl.

    `classes` are the data classes it fills; `open`: something else than the words may set its options, `more`: it has options
    that are not known, `sparse`: those without a default are no attributes unless they are given.  A subclass of the project is
    its `cls`, with `attributes` of its own.
    """

    kind: str = "argparse"
    options: list[Any] = field(default_factory=list)  # words.Option
    defaults: dict[str, Node] = field(default_factory=dict)
    classes: list[Node] = field(default_factory=list)
    commands: dict[str, Parser] = field(default_factory=dict)  # subparsers by name
    command: list[str] = field(default_factory=list)  # the destination of the subparser's name
    groups: dict[str, Class | Function] = field(default_factory=dict)  # of jsonargparse: whose parameters lie below a key
    open: bool = False
    more: bool = False
    sparse: bool = False
    prefixes: str = ""  # characters before the name of a file with further words
    cls: Class | None = None
    attributes: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Either(Node):
    """A type that is one of several: `Union[A, B]`, `A | B`."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Super(Node):
    """`super()` inside a method: attributes are looked up behind `cls`."""

    cls: Class
    receiver: Node


@dataclass(frozen=True, slots=True)
class Path(Scalar):
    """A `pathlib.Path`; `value` is its text."""


@dataclass(frozen=True, slots=True)
class Range(Sequence):
    """A `range(...)`: loops over it count something and are not followed turn by turn."""


@dataclass(frozen=True, slots=True)
class EnumMember(Scalar):
    """A member of an enumeration of the project; `value` is its value, its full name where that is not plain (`content`)."""

    name: str = ""
    cls: Class | None = None
    content: Node | None = None

    def is_plain(self) -> bool:
        """Whether it equals its value: of an enumeration that is also a string or a number."""
        return self.cls is not None and any(item.mixed for item in self.cls.lineage())


@dataclass(frozen=True, slots=True)
class Absent(Scalar):
    """A null that stands for a key which is not there on one side of a branch."""

    value: Plain = None


def may_lack(*entries: Entry) -> bool:
    """Whether the key of one of these entries is there on some sides of a branch only."""
    return any(isinstance(leaf, Absent) for entry in entries for leaf in leaves(entry.value))


@dataclass(frozen=True, slots=True, eq=False)
class Gone(Unknown):
    """A name or attribute that is not there on one side of a branch."""


@dataclass(frozen=True, slots=True, eq=False)
class View(Mapping):
    """`vars(object)`, `globals()`: what is written to it becomes an attribute (`of`: an Instance, a Call or a Module)."""

    of: Node = field(default_factory=Unknown)


@dataclass(frozen=True, slots=True, eq=False)
class Defaults(Mapping):
    """A `defaultdict`: a key that is not there gets what `factory` gives."""

    factory: Node = field(default_factory=Unknown)


@dataclass(frozen=True, slots=True, eq=False)
class DictObject(Mapping):
    """An object of a class of the project that inherits from dict; `linked`: its keys are its attributes."""

    cls: Class | None = None
    attributes: dict[str, Node] = field(default_factory=dict)
    linked: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Field(Node):
    """What `dataclasses.field(...)` and its relatives give."""

    default: Node | None = None
    factory: Node | None = None
    metadata: Node | None = None
    init: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Quiet(Unknown):
    """Something of the standard library that is not modelled (a logger): what is called on it is not worth a record."""


@dataclass(frozen=True, slots=True, eq=False)
class Argv(Unknown):
    """`sys.argv` of a launch that is not known, and its words: taken for options, not for the name of a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened(Node):
    """An open file; `path` is the name it was opened by."""

    path: Node


@dataclass(frozen=True, slots=True, eq=False)
class Part(Unknown):
    """An attribute or item of a value that is not known."""

    base: Node | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Negation(Unknown):
    """`not` of a value that is not known: it is false where `operand` is true."""

    operand: Node = field(default_factory=Unknown)


@dataclass(frozen=True, slots=True, eq=False)
class Both(Unknown):
    """`a and b` of values that are not known."""

    operands: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Unknown):
    """A comparison that is not known: where it is true, `subject` is `narrowed` (None: nothing is learnt)."""

    subject: Node = field(default_factory=Unknown)
    narrowed: Node | None = None
    otherwise: Node | None = None
