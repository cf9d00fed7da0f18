"""typed-argument-parser: annotated names of `class Args(Tap)` are options, `parse_args()` gives the object (tap/tap.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.classes import default_of
from qp_lint.evaluate.functions import invoke
from qp_lint.evaluate.parsers import launch_words, values_of
from qp_lint.evaluate.signatures import annotation_names, converter
from qp_lint.evaluate.values import Class, Function, Member, Parser
from qp_lint.evaluate.words import Option
from qp_lint.tree import Entry, Mapping, Node, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

LISTS = frozenset({"list", "List", "set", "Set", "tuple", "Tuple"})


def initialise(run: Interpreter, parser: Parser, cls: Class) -> None:
    """The options that the annotated names of the class are; then its `configure` adds others."""
    own = {option.dest for option in parser.options}
    parser.options.extend(_option(run, member) for member in cls.fields().values() if member.name not in own)
    hook = cls.attribute("configure")
    if isinstance(hook, Function):
        invoke(run, hook, Arguments((parser,)))


def _option(run: Interpreter, member: Member) -> Option:
    kinds = annotation_names(member.scope, member.annotation)
    required = member.default is None and member.factory is None
    default = None if required else default_of(run, member)
    option = Option(member.name, (f"--{member.name}",), default=default, required=required, span=member.span)
    if "bool" in kinds and not kinds & LISTS:
        is_on = bool(getattr(default, "value", False))
        option.action = "store_false" if is_on else "store_true"
    else:
        option.convert, option.values = converter(kinds), "*" if kinds & LISTS else None
    return option


def call_parser(run: Interpreter, parser: Parser, name: str, arguments: Arguments) -> Node:
    """`parse_args(args=None, known_only=False)` and `as_dict()`."""
    if name == "as_dict":
        return Mapping({key: Entry(value, value.span) for key, value in parser.attributes.items()}, span=arguments.span)
    if name != "parse_args":
        return Unknown(span=arguments.span)
    given = launch_words(run, arguments.get(0, "args"))
    line = words.read(parser.options, given or [], lenient=True)
    for key, value in values_of(run, parser, line, given).items():
        run.state.put(parser.attributes, key, value)
    hook = parser.cls.attribute("process_args") if parser.cls is not None else None
    if isinstance(hook, Function):
        invoke(run, hook, Arguments((parser,)))
    return parser
