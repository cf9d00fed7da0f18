"""What tests of shell scripts ask: the words of commands as plain values, and where they stand."""

from __future__ import annotations

from qp_lint.parse.shell import Command, Script, parse_shell
from qp_lint.text import Source
from qp_lint.tree import Choice, Node, Scalar, Unknown


def parse(text: str) -> Script:
    return parse_shell(Source("run.sh", text))


def value(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Choice):
        return [value(option) for option in node.options]
    assert isinstance(node, Unknown)
    return (node.hint,)


def values(command: Command) -> list[object]:
    return [value(word) for word in command.words]


def only(text: str) -> Command:
    (command,) = parse(text).commands
    return command


def lines(text: str) -> list[list[object]]:
    return [values(command) for command in parse(text).commands]


def place(node: Node) -> str:
    assert node.span is not None
    return node.span.text
