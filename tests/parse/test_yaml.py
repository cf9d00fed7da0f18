"""YAML trees: what a loader would see, and where each value stands."""

from __future__ import annotations

import math
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.parse import ParseError
from qp_lint.parse.yaml import parse_yaml, resolve
from qp_lint.text import Source
from qp_lint.tree import Mapping, Node, Plain, Scalar, Sequence, Unknown


def documents(text: str) -> tuple[Node, ...]:
    return parse_yaml(Source("c.yaml", text))


def parse(text: str) -> Node:
    (node,) = documents(text)
    return node


def plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Scalar):
        return node.value
    assert isinstance(node, Unknown)
    return ("unknown", node.hint)


def get(node: Node, path: str) -> Node:
    assert isinstance(node, Mapping)
    found = node.get(path)
    assert found is not None
    return found


def written(node: Node) -> str:
    assert node.span is not None
    return node.span.text


def everything(node: Node) -> list[Node]:
    inner = [entry.value for entry in node.entries.values()] if isinstance(node, Mapping) else []
    inner += node.items if isinstance(node, Sequence) else ()
    return [node, *(below for child in inner for below in everything(child))]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *[(word, True) for word in ("true", "True", "yes", "on", "ON")],
        *[(word, False) for word in ("false", "no", "off", "Off")],
        *[(word, None) for word in ("null", "~", "", "Null")],
        *[
            (word, word)
            for word in ("y", "n", "tRUE", "nulls", "none", "None", "auto", "1.2.3", "0o17", "e5", "-a", "1e", "2024-01-01")
        ],
        *[("010", 8), ("0x1F", 31), ("0b11", 3), ("1_000", 1000), ("-5", -5), ("+5", 5), ("1:30", 90), ("0", 0)],
        *[
            ("1.5", 1.5),
            ("5e-5", 5e-5),
            ("1e9", 1e9),
            ("1.0e-4", 1e-4),
            (".5", 0.5),
            ("1.", 1.0),
            ("2.e3", 2000.0),
            ("-.inf", -math.inf),
        ],
        *[("0b_", "0b_"), ("08", "08"), ("9" * 5000, "9" * 5000), ("190:20:30.15", 685230.15)],
    ],
)
def test_plain_words(word: str, value: Plain) -> None:
    assert repr(resolve(word)) == repr(value)
    node = get(parse(f"a: {word}\n"), "a")
    assert isinstance(node, Scalar)
    assert (repr(node.value), node.raw) == (repr(value), word)


def test_not_a_number() -> None:
    number = resolve(".nan")
    assert isinstance(number, float)
    assert math.isnan(number)


@given(st.text("0123456789+-._eExb:aftny~oO", max_size=7))
def test_plain_words_mean_what_pyyaml_says_save_for_floats(word: str) -> None:
    try:
        expected = yaml.safe_load(f"[{word}]")
        assert isinstance(expected, list)
        (loaded,) = expected or [None]
    except (yaml.YAMLError, ValueError, AssertionError):
        return
    if loaded is not None and not isinstance(loaded, (str, bool, int, float)):
        return
    found = resolve(word)
    assert repr(found) == repr(loaded) or (
        isinstance(loaded, str) and isinstance(found, float) and float(word.replace("_", "")) == found
    )


def test_quotes_tags_and_blocks() -> None:
    text = "a: 'no'\nb: \"1\\t\"\nc: !!str 5\nd: !!float 3\ne: |\n  x\n  y\n"
    text += "f: !new:torch.nn.Linear {}\ng: !!python/name:os.system\nh: ! 7\ni: !!int x\n"
    tree = parse(text)
    assert plain(tree) == {
        **{"a": "no", "b": "1\t", "c": "5", "d": 3.0, "e": "x\ny\n", "f": ("unknown", "!new:torch.nn.Linear")},
        **{"g": ("unknown", "tag:yaml.org,2002:python/name:os.system"), "h": "7", "i": ("unknown", "x")},
    }
    assert [written(get(tree, key)) for key in "abcd"] == ["'no'", '"1\\t"', "5", "3"]
    quoted = get(tree, "b")
    assert isinstance(quoted, Scalar)
    assert quoted.raw == "1\\t"


def test_keys_are_strings_as_written() -> None:
    tree = parse("1: a\ntrue: b\non: c\n'q': d\n[x, y]: e\n? z\n: f\n")
    assert isinstance(tree, Mapping)
    assert list(tree.entries) == ["1", "true", "on", "q", "[x, y]", "z"]
    span = tree.entries["q"].span
    assert span is not None
    assert span.text == "'q'"


def test_places_with_wide_characters_and_line_ends() -> None:
    tree = parse("# é\r\né😀:\r\n  - b: 😀x  # c\r\n    c: 2\r\n\r\nlast: 1\r\n")
    value = get(tree, "é😀")
    assert isinstance(value, Sequence)
    assert written(value) == "- b: 😀x  # c\r\n    c: 2"
    node = get(value.items[0], "b")
    assert written(node) == "😀x"
    assert node.span is not None
    assert (node.span.begin.line, node.span.begin.column) == (3, 8)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_order_mark_moves_nothing(mark: str) -> None:
    assert written(get(parse(mark + "é: 😀\nb: c\n"), "b")) == "c"


def test_anchors_and_merges() -> None:
    text = (
        "base: &b {bits: 4, lr: 1e-4}\nother: &o\n  bits: 8\n  z: 3\n"
        "run:\n  <<: *b\n  lr: 2\nboth:\n  <<: [*b, *o]\nplain: *o\nquoted:\n  '<<': 1\n"
    )
    tree = parse(text)
    assert plain(get(tree, "run")) == {"bits": 4, "lr": 2}
    assert plain(get(tree, "both")) == {"bits": 4, "lr": 1e-4, "z": 3}
    assert plain(get(tree, "quoted")) == {"<<": 1}
    bits = get(tree, "run.bits")
    assert written(bits) == "4"
    assert [span.text for span in bits.via] == ["*b"]
    assert [span.begin.line for span in get(tree, "plain").via] == [10]


def test_a_merge_of_what_is_not_known_leaves_the_mapping_open() -> None:
    tree = parse("a:\n  <<: !include x.yaml\n  b: 1\n")
    a = get(tree, "a")
    assert isinstance(a, Mapping)
    assert a.open
    assert plain(a) == {"b": 1}


def test_documents_and_repeated_keys() -> None:
    assert [plain(node) for node in documents("a: 1\n---\n---\nb: 2\n...\n---\n- c\n")] == [{"a": 1}, {"b": 2}, ["c"]]
    assert documents("") == documents("# only a comment\n") == documents("---\n") == ()
    assert plain(parse("a: 1\nb: 2\na: 3\n")) == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: 1\nb: [1\n", "not valid YAML", 3),
        ("a: 1\n\tb: 2\n", "not valid YAML", 2),
        ("a: b: c\n", "not valid YAML", 1),
        ("a: {{ x }}\nb: {% if y %}\n", "not valid YAML", 2),
        ("a: 1\nb: *nothing\n", "names no anchor", 2),
        ("a: &x\n  b: *x\n", "inside the value that it names", 2),
        ("a: 1\nb:\n  <<: 3\n", "not a mapping", 3),
        ("a: 1\nb: \x07\n", "character that YAML does not allow", 2),
        ("a: 1\nb: \ud800\n", "character that YAML does not allow", 2),
        ("a: 1\n" + "b: " + "[" * 10_000, "nested more than 200 levels deep", 2),
        ("a: 1\n" + "".join(" " * i + "b:\n" for i in range(300)), "nested more than 200", 202),
    ],
)
def test_says_what_is_wrong_and_where(text: str, message: str, line: int) -> None:
    source = Source("c.yaml", text)
    with pytest.raises(ParseError) as caught:
        parse_yaml(source)
    assert message in caught.value.message
    assert source.position(caught.value.offset).line == line


def bomb(levels: int) -> str:
    return "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, levels))


def merging(count: int) -> str:
    return "m0: &m0 {k0: 1}\n" + "".join(f"m{i}: &m{i}\n  <<: *m{i - 1}\n  k{i}: 1\n" for i in range(1, count))


@pytest.mark.parametrize("text", [bomb(9), bomb(200), merging(5000)])
def test_aliases_cannot_blow_up(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(ParseError, match="aliases expand to more than 200,000 values"):
        parse(text)
    assert time.process_time() - begin < 5


def test_aliases_share_what_they_name() -> None:
    tree = parse(bomb(4))
    assert isinstance(tree, Mapping)
    last = get(tree, "a3")
    assert isinstance(last, Sequence)
    assert len(last.items) == 9


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8).filter(lambda text: not isinstance(resolve(text), float))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé😀 -:#", min_size=1, max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, True, False]), st.booleans())
def test_every_span_holds_its_value(value: object, flow: bool | None, unicode: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=unicode, width=1000)
    if value is None:
        return
    tree = parse(text)
    assert repr(plain(tree)) == repr(yaml.safe_load(text))
    for node in everything(tree):
        if isinstance(node, Scalar) and "\n" not in written(node):
            again = documents(written(node))
            assert repr(plain(again[0]) if again else None) == repr(node.value)


BEGINNINGS = ["a: ", "b:\n", "  ", "- ", "\n", "\n  ", "x", "1e-4", "é😀", "'q'", '"d"', "[", "]", "{", "}", ", ", "&n ", "*n"]
TOKENS = st.sampled_from([*BEGINNINGS, "<<: ", "!t ", "!!str ", "|\n", ">-\n", "# c", "? ", ": ", "---\n", "...\n", "\r\n", "\t"])


@given(st.lists(TOKENS, max_size=14))
def test_both_parsers_of_pyyaml_give_the_same_tree(parts: list[str]) -> None:
    text = "".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        fast = _tree_or_none(text)
        patch.delattr(yaml, "CSafeLoader", raising=False)
        slow = _tree_or_none(text)
    if fast is not None and slow is not None:
        assert fast == slow


def _tree_or_none(text: str) -> str | None:
    offset, trees = 0, None
    try:
        trees = parse_yaml(Source("c.yaml", text))
    except ParseError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)
    for node in (below for tree in trees or () for below in everything(tree)):
        assert node.span is not None
        assert 0 <= node.span.start <= node.span.end <= len(text)
    return None if trees is None else repr(trees)


@given(st.text(max_size=60))
def test_never_fails_on_random_text(text: str) -> None:
    _tree_or_none(text)
