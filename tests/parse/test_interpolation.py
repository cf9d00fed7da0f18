"""OmegaConf's interpolation, as OmegaConf 2.3 resolves it."""

from __future__ import annotations

import pytest

from qp_lint.parse.interpolation import resolved
from qp_lint.parse.yaml import parse_yaml
from qp_lint.text import Source
from qp_lint.tree import Mapping, Node, Scalar, Sequence, Unknown

ENV = {"STAGE": Scalar("3")}


def plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {name: plain(entry.value) for name, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else "?"


def tree(text: str) -> Mapping:
    (found,) = parse_yaml(Source("x.yaml", text))
    assert isinstance(found, Mapping)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 3\nb: ${a}", {"a": 3, "b": 3}),
        ("a: 3\nb: z${a}.json", {"a": 3, "b": "z3.json"}),
        ("a: {b: {c: true}}\nd: ${a.b.c}", {"a": {"b": {"c": True}}, "d": True}),
        ("a: {b: 1}\nc: ${a}", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: {x: 1, y: '${.x}'}", {"a": {"x": 1, "y": 1}}),
        ("a: {x: 1, y: {z: '${..x}'}}", {"a": {"x": 1, "y": {"z": 1}}}),
        ("a: '${oc.env:STAGE}'\nb: '${oc.env:NONE,fsdp}'\nc: ${oc.env:NONE}", {"a": "3", "b": "fsdp", "c": "?"}),
        ("a: ${b}\nb: ${c}\nc: 1", {"a": 1, "b": 1, "c": 1}),
        ("a: ${b}\nb: ${a}", {"a": "?", "b": "?"}),
        ("a: [1, '${b}']\nb: 2", {"a": [1, 2], "b": 2}),
        ("a: ${now:%Y}\nb: ${x}/${a}", {"a": "?", "b": "?"}),
        ("a: ${\nb: '$x {y}'", {"a": "?", "b": "$x {y}"}),
    ],
)
def test_values(text: str, expected: object) -> None:
    assert plain(resolved(tree(text), ENV)) == expected


def test_what_was_resolved_is_resolved_again() -> None:
    first = resolved(tree("a: 2\nb: z${a}\nc: ${a}\nd: ${e}"), {})
    entries = {**first.entries, **tree("a: 3\ne: 1").entries}
    assert plain(resolved(Mapping(entries), {})) == {"a": 3, "b": "z3", "c": 3, "d": 1, "e": 1}


def test_places() -> None:
    node = resolved(tree("a: 3\nb: ${a}"), {}).get("b")
    assert node is not None
    assert node.span is not None
    assert [span.begin.line for span in (node.span, *node.via)] == [1, 2]


def test_references_that_multiply_end() -> None:
    text = "a0: xxxxxxxxxx\n" + "".join(f"a{i}: {f'${{a{i - 1}}}' * 10}\n" for i in range(1, 30))
    assert isinstance(resolved(tree(text), {}).get("a29"), Unknown)
