"""JSON is read as json.load reads it, with places."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.parse import ParseError
from qp_lint.parse.data import parse_data
from qp_lint.parse.json import parse_json
from qp_lint.text import Source
from qp_lint.tree import Mapping, Node, Scalar, Sequence


def parse(text: str) -> Node:
    return parse_json(Source("ds.json", text))


def plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value


def scalars(node: Node) -> list[Node]:
    """Every node of a tree."""
    inner = [entry.value for entry in node.entries.values()] if isinstance(node, Mapping) else []
    inner += node.items if isinstance(node, Sequence) else ()
    return [node, *(below for child in inner for below in scalars(child))]


def same(left: object, right: object) -> bool:
    """Equality that tells 1 from 1.0 and True, and knows NaN."""
    return repr(left) == repr(right)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 0, 2, "\t"]))
def test_gives_the_value_that_json_gives(value: object, ascii_only: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    tree = parse(text)
    assert same(plain(tree), json.loads(text))
    for node in scalars(tree):
        assert node.span is not None
        assert same(json.loads(node.span.text), plain(node))


TOKENS = st.sampled_from(
    [
        *'{}[],:"\\ \n-.0123456789eE+',
        "true",
        "null",
        "NaN",
        "-Infinity",
        '"a"',
        '"\\u00e9"',
        '"\\ud800"',
        "01",
        "1.",
        "//",
        "#",
        "'",
        "é",
    ]
)


@given(st.lists(TOKENS, max_size=12))
def test_refuses_what_json_refuses(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ParseError) as caught:
            parse(text)
        assert 0 <= caught.value.offset <= len(text)
    else:
        assert same(plain(parse(text)), expected)


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ('{"a": 1,}', "a trailing comma, which json.load refuses", ",}"),
        ("[1,\n]", "a trailing comma, which json.load refuses", ",\n"),
        ('{"a": 1, // no\n}', "a comment, which json.load refuses", "//"),
        ("/* no */ {}", "a comment, which json.load refuses", "/*"),
        ("# no\n{}", "a comment, which json.load refuses", "#"),
        ("{'a': 1}", "a single-quoted string, which json.load refuses", "'a"),
        ('{"a" 1}', "expected `:`, found `1`", "1"),
        ('{"a": }', "expected a value, found `}`", "}"),
        ('{"a": 1 "b": 2}', 'expected `,` or `}`, found `"`', '"b'),
        ('{"a": 1} x', "expected the end of the file, found `x`", "x"),
        ('{"a": "b\nc"}', "control character", "\n"),
        ('{"a": "\\q"}', "escape", "\\q"),
    ],
)
def test_says_what_stands_in_the_way(text: str, message: str, at: str) -> None:
    with pytest.raises(ParseError, match="not valid JSON") as caught:
        parse(text)
    assert message in caught.value.message
    assert text.startswith(at, caught.value.offset)


@pytest.mark.parametrize("text", ["", " \n", "{", '{"a"', '{"a":', "[1", '"abc'])
def test_text_that_stops_early(text: str) -> None:
    with pytest.raises(ParseError):
        parse(text)


def test_places() -> None:
    text = '{\r\n  "é😀": {"stage": 3,\r\n    "on": "auto"}}'
    tree = parse(text)
    assert isinstance(tree, Mapping)
    inner = tree.entries["é😀"]
    assert inner.span is not None
    assert inner.span.text == '"é😀"'
    stage = tree.get("é😀.stage")
    assert isinstance(stage, Scalar)
    assert stage.span is not None
    assert (stage.span.text, stage.raw, stage.span.begin.line, stage.span.begin.column) == ("3", "3", 2, 19)
    on = tree.get("é😀.on")
    assert isinstance(on, Scalar)
    assert on.span is not None
    assert (on.span.text, on.raw, on.value) == ('"auto"', "auto", "auto")


def test_numbers_and_repeated_keys() -> None:
    assert same(plain(parse("[1, 1.0, 1e3, -0, 5e-5, 1e999]")), [1, 1.0, 1000.0, 0, 5e-5, math.inf])
    assert plain(parse('{"a": 1, "b": 2, "a": 3}')) == {"a": 3, "b": 2}


def test_a_byte_order_mark_is_refused_as_json_load_refuses_it() -> None:
    with pytest.raises(ParseError, match="byte order mark"):
        parse_json(Source("a.json", "{}", bom=True))
    with pytest.raises(ParseError, match="byte order mark"):
        parse("\ufeff{}")


@pytest.mark.parametrize("text", ["[" * 10_000, '{"a":' * 10_000, "[" * 10_000 + "]" * 10_000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="nested more than 500 levels deep"):
        parse(text)


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(ParseError, match="digits"):
        parse("9" * 5000)


def test_of_a_data_set_only_the_beginning_is_read() -> None:
    tree = parse("[" + ",".join(['{"text": "x"}'] * 5000) + "]")
    assert isinstance(tree, Sequence)
    assert tree.open
    assert len(tree.items) == 2000


def test_data_files_go_by_their_extension() -> None:
    assert [plain(node) for node in parse_data(Source("a", '{"a": no}'), "conf/a.YML")] == [{"a": False}]
    assert [plain(node) for node in parse_data(Source("a", '{"a": 1}'), "a.json")] == [{"a": 1}]
    assert parse_data(Source("a", "a = 1"), "a.txt") == ()


def test_comments_where_editors_allow_them() -> None:
    text = '{\n  // "a": 0,\n  "a": "//b", /* c\n */ "d": [1, 2,],\n}\n'
    (tree,) = parse_data(Source(".vscode/launch.json", text), ".vscode/launch.json")
    assert isinstance(tree, Mapping)
    node = tree.get("a")
    assert isinstance(node, Scalar)
    assert node.value == "//b"
    assert node.span is not None
    assert node.span.begin.line == 3
    with pytest.raises(ParseError):
        parse_data(Source("ds.json", text), "ds.json")
