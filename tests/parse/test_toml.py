"""TOML with places: the values are the standard library's, the places are where they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.parse import ParseError
from qp_lint.parse.toml import parse_toml
from qp_lint.text import Source
from qp_lint.tree import Mapping, Node, Scalar, Sequence

tomllib = pytest.importorskip("tomllib")

TEXT = """\
# a comment
title = "x # y"
"quoted key".inner = 'literal'

[training]
steps = 1_000
lr = 3e-4
on = true
names = [
  "a", # one
  'b',
]
date = 1979-05-27T07:32:00Z
inline = { a = 1, b.c = [[1, 2], []] }

[[data.sets]]
name = '''
it's'''
[data.sets.more]
x = 1
[[data.sets]]
name = \"\"\"two \\
   lines\"\"\"
[a.b]
c = 0x10
[a]
d = -inf
"""


def plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value


def test_values_and_places() -> None:
    for text in (TEXT, TEXT.replace("\n", "\r\n")):
        tree = parse_toml(Source("x.toml", text))
        expected = tomllib.loads(text)
        expected["training"]["date"] = str(expected["training"]["date"])
        assert plain(tree) == expected
        for path, written in (
            ("training.lr", "3e-4"),
            ("a.b.c", "0x10"),
            ("quoted key.inner", "'literal'"),
            ("title", '"x # y"'),
        ):
            node = tree.get(path)
            assert node is not None
            assert node.span is not None
            assert node.span.text == written


KEY = st.text(st.sampled_from("ab-_1"), min_size=1, max_size=3)
VALUE = st.recursive(
    st.one_of(
        st.integers(-5, 5).map(str),
        st.booleans().map(lambda value: str(value).lower()),
        st.text("ab'# \\{[", max_size=4).map(lambda text: '"' + text.replace("\\", "\\\\") + '"'),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(KEY, inner, max_size=2).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=6,
)
LINE = st.one_of(
    st.tuples(st.lists(KEY, min_size=1, max_size=2), VALUE).map(lambda pair: f"{'.'.join(pair[0])} = {pair[1]}"),
    st.lists(KEY, min_size=1, max_size=2).map(lambda keys: f"[{'.'.join(keys)}]"),
    KEY.map(lambda key: f"[[{key}]]"),
    st.just("# [x]"),
)


@given(st.lists(LINE, max_size=8).map("\n".join))
def test_it_agrees_with_the_standard_library(text: str) -> None:
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(ParseError):
            parse_toml(Source("x.toml", text))
        return
    assert plain(parse_toml(Source("x.toml", text))) == expected


@pytest.mark.parametrize("text", ["a = ", "a = 1\na = 2", "[a\n", "x = " + "[" * 5000, "a = \x01"])
def test_what_is_no_toml(text: str) -> None:
    with pytest.raises(ParseError):
        parse_toml(Source("x.toml", text))
