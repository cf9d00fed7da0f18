"""YAML that is a template: what is sure, and nothing else."""

from __future__ import annotations

import pytest

from qp_lint.parse import ParseError
from qp_lint.parse.data import parse_data
from qp_lint.text import Source
from qp_lint.tree import Mapping, Node, Scalar, Sequence


def plain(node: Node) -> object:
    if isinstance(node, Mapping):
        found: dict[str, object] = {name: plain(entry.value) for name, entry in node.entries.items()}
        return {**found, "...": True} if node.open else found
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items] + (["..."] if node.open else [])
    return node.value if isinstance(node, Scalar) else "?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: {{ x }}-lora\nc: {d: {{ y }}}\n", {"a": 1, "b": "?", "c": {"d": "?"}}),
        ("a: 1\n{% if x %}\nb: 2\n{% else %}\nb: 3\n{% endif %}\nc: 4\n", {"a": 1, "b": "?", "c": 4, "...": True}),
        ("a:\n  b: 1\n  {{ more | indent(2) }}\nc: 4\n", {"a": {"b": 1}, "c": 4, "...": True}),
        ("a: 1\n{{ key }}: {{ value }}\nb: 2\n", {"a": 1, "b": 2, "...": True}),
        ("{# why #}\na: 1\nb: {{ x }}:y\n", {"a": 1, "b": "?"}),
        ("a:\n{% for x in y %}\n- {{ x }}\n{% endfor %}\nb: 1\n", {"a": ["?", "..."], "b": 1, "...": True}),
        ("{{- if .Values.x }}\na: 1\n{{- end }}\nb: {{ .Values.y }} z\nc: 3\n", {"a": "?", "b": "?", "c": 3, "...": True}),
    ],
)
def test_what_is_known_around_templates(text: str, expected: object) -> None:
    (tree,) = parse_data(Source("x.yaml.j2", text), "x.yaml.j2")
    assert plain(tree) == expected


def test_places_are_those_of_the_file() -> None:
    (tree,) = parse_data(Source("x.yaml", "a: {{ x }} b\nc: 3\n"), "x.yaml")
    assert isinstance(tree, Mapping)
    node = tree.get("a")
    assert node is not None
    assert node.span is not None
    assert node.span.text == "{{ x }} b"


def test_a_template_that_cannot_be_read_says_nothing() -> None:
    assert parse_data(Source("x.yaml", "a: [{{ x }}\n{% if %}\n"), "x.yaml") == ()
    with pytest.raises(ParseError):
        parse_data(Source("x.yaml", "a: [1\n"), "x.yaml")
