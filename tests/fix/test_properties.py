"""However a text is laid out: what is edited is what was meant, it parses, other bytes stay, a second time changes nothing."""

from __future__ import annotations

import ast
import json
import re
import shlex
import sys
from collections.abc import Mapping
from functools import reduce
from random import Random
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fix import layouts
from tests.fix.layouts import NAMES, Text

from qp_lint.fix.edits import applied
from qp_lint.fix.places import around
from qp_lint.frameworks.base import REMOVE, Dtype, Wanted
from qp_lint.text import Source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RANDOM = st.randoms(use_true_random=False)
VALUES = st.one_of(st.just(REMOVE), st.integers(0, 9), st.just(True), st.sampled_from(["word", "a b", "é", 'wo"rd']))
CHANGES = st.dictionaries(st.sampled_from([*NAMES, "added", "more"]), VALUES, min_size=1, max_size=4)
COMMENT = re.compile(r"#[^\r\n]*")


def edited(path: str, text: str, at: int, word: str, changes: Mapping[str, Wanted]) -> str | None:
    """The text after the entries of the mapping around a word are changed; None when that is refused."""
    found = around(Source(path, text).span(at, at + len(word)))
    there = {key: value for key, value in changes.items() if value is not REMOVE or (found and key in found[0].keys)}
    edits = found[0].changed(there, at) if found else None
    return None if edits is None else applied(text, edits)


def changed(path: str, given: Text, changes: Mapping[str, Wanted]) -> str | None:
    """The text after its mapping is changed.  Line ends are those of the file, no comment goes but with what goes, and a second
    time the same changes change nothing."""
    new = edited(path, given.text, given.at, given.names[0], changes)
    if new is None:
        return None
    if "\r\n" in given.text:
        assert "\n" not in new.replace("\r\n", "")
    if not any(value is REMOVE for value in changes.values()):
        assert [comment for comment in COMMENT.findall(given.text) if comment.strip() not in new] == []
    left = after(dict.fromkeys(given.names), changes)
    if left:
        word = next(iter(left))
        places = [match.start() for match in re.finditer(rf"\b{word}\b", new)]
        assert any(edited(path, new, place, word, changes) == new for place in places), "a second time"
    return new


def after(values: Mapping[str, Any], changes: Mapping[str, Wanted]) -> dict[str, Any]:
    """What changes make of data."""
    result = {key: value for key, value in values.items() if changes.get(key) is not REMOVE}
    return result | {key: value for key, value in changes.items() if value is not REMOVE}


def inner(text: str, a_dict: bool) -> ast.Call | ast.Dict:
    """The call or dict that is changed."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call | ast.Dict) and is_inner(node, a_dict)]
    (node,) = nodes
    return node


def is_inner(node: ast.Call | ast.Dict, a_dict: bool) -> bool:
    if isinstance(node, ast.Dict):
        return a_dict
    return not a_dict and isinstance(node.func, ast.Name) and node.func.id == "make"


def entries(node: ast.Call | ast.Dict) -> dict[str, Any]:
    """Its entries with a name."""
    pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ((k.arg, k.value) for k in node.keywords)
    named = ((key.value if isinstance(key, ast.Constant) else key, value) for key, value in pairs)
    return {key: ast.literal_eval(value) for key, value in named if isinstance(key, str)}


@given(RANDOM, CHANGES)
@settings(max_examples=400, deadline=None)
def test_python(r: Random, changes: dict[str, Wanted]) -> None:
    drawn, a_dict = layouts.python(r)
    old = inner(drawn.text, a_dict)
    new_text = changed("a.py", drawn, changes)
    assert new_text is not None
    new = inner(new_text, a_dict)
    assert entries(new) == after(entries(old), changes)
    if isinstance(old, ast.Call) and isinstance(new, ast.Call):
        assert list(map(ast.dump, new.args)) == list(map(ast.dump, old.args))
    assert new_text.count("**more") == drawn.text.count("**more")
    (start, end), (first, last) = ends(drawn.text, old), ends(new_text, new)
    assert new_text[:first] == drawn.text[:start]
    assert new_text[last:] == drawn.text[end:]


def ends(text: str, node: ast.expr) -> tuple[int, int]:
    """The offsets at which a node starts and ends."""
    lines = text.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())

    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)


@given(RANDOM, CHANGES)
@settings(max_examples=400, deadline=None)
def test_yaml(r: Random, changes: dict[str, Wanted]) -> None:
    drawn, path = layouts.yaml(r)
    old = yaml.safe_load(drawn.text)
    values = reduce(lambda data, key: data[key], path, old)
    new_text = changed("a.yaml", drawn, changes)
    if new_text is None:
        assert not set(drawn.names) - {key for key, value in changes.items() if value is REMOVE}, "nothing of it would stay"
        return
    new = yaml.safe_load(new_text)
    assert reduce(lambda data, key: data[key], path, new) == after(values, changes)
    assert {**new, path[0]: 0} == {**old, path[0]: 0}
    assert new_text.endswith(drawn.text[drawn.text.index("last:") :])


@given(RANDOM, CHANGES)
@settings(max_examples=250, deadline=None)
def test_json(r: Random, changes: dict[str, Wanted]) -> None:
    drawn = layouts.json_text(r)
    old = json.loads(drawn.text)
    new_text = changed("a.json", drawn, changes)
    assert new_text is not None
    assert json.loads(new_text) == {**old, "outer": after(old["outer"], changes)}
    start = drawn.text.index("{", drawn.text.index('"outer"')) + 1
    assert new_text[:start] == drawn.text[:start]
    assert new_text.endswith(drawn.text[drawn.text.index('"last"') :])


@given(RANDOM, CHANGES)
@settings(max_examples=300, deadline=None)
def test_toml(r: Random, changes: dict[str, Wanted]) -> None:
    drawn = layouts.toml(r)
    old = tomllib.loads(drawn.text)
    new_text = changed("a.toml", drawn, changes)
    assert new_text is not None
    assert tomllib.loads(new_text) == {**old, "outer": after(old["outer"], changes)}


def options(command: str) -> tuple[list[str], dict[str, str | None], list[str]]:
    """The words before the options, the options, and the words behind them."""
    words = shlex.split(command.replace("\\\r\n", " ").replace("\\\n", " "))
    start, end = words.index("launch") + 1, words.index("train.py")
    found: dict[str, str | None] = {}
    for word in words[start:end]:
        if word.startswith("--"):
            key, sign, value = word[2:].partition("=")
            found[key] = value if sign else None
        else:
            found[next(reversed(found))] = word
    return words[:start], found, words[end:]


@given(RANDOM, CHANGES)
@settings(max_examples=300, deadline=None)
def test_shell(r: Random, changes: dict[str, Wanted]) -> None:
    drawn, command = layouts.shell(r)
    changes = {key: value for key, value in changes.items() if key != "gamma" or value in (True, REMOVE)}
    changes = {key: value for key, value in changes.items() if value is not True or key not in ("alpha", "beta", "delta")}
    new_text = changed("run.sh", drawn, changes)
    assert new_text is not None
    at = drawn.text.index(command)
    assert new_text.startswith(drawn.text[:at])
    assert new_text.endswith(drawn.text[at + len(command) :])
    before, old, behind = options(command)
    expected = {
        key: None if value is True else None if value is None else str(value) for key, value in after(old, changes).items()
    }
    assert options(new_text[at : len(new_text) - (len(drawn.text) - at - len(command))]) == (before, expected, behind)


@settings(deadline=None)
@given(st.sampled_from(["torch.float16", "'float16'", '"fp16"', '"torch.float16"']), st.booleans())
def test_data_types_keep_their_spelling(old: str, imported: bool) -> None:
    text = ("import torch\n" if imported else "") + f"f(a={old}, b=1)\n"
    new = edited("a.py", text, text.index("a="), "a=", {"a": Dtype("bfloat16")})
    if old == "torch.float16" and not imported:
        assert new == 'f(a="bfloat16", b=1)\n'  # whatever `torch` is there, it is not known to be the library
    else:
        assert new == text.replace("float16", "bfloat16").replace("fp16", "bf16")
