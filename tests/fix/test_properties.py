"""However a text is laid out: what is edited is what was meant, parses, and every other byte stays."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qp_lint.fix.containers.base import Container
from qp_lint.fix.edits import applied
from qp_lint.fix.places import around
from qp_lint.frameworks.base import REMOVE, Dtype, Wanted
from qp_lint.parse.json import parse_json
from qp_lint.parse.yaml import parse_yaml
from qp_lint.text import Source
from qp_lint.tree import Mapping as Tree
from qp_lint.tree import Node, Scalar, Sequence

NEWLINES = st.sampled_from(["\n", "\r\n"])
NAMES = ("alpha", "beta", "gamma", "delta")
VALUES: dict[str, object] = {"alpha": 1, "beta": "text", "gamma": True, "delta": None}


def plain(node: Node | None) -> Any:
    """A tree as Python data."""
    if isinstance(node, Tree):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value


def innermost(source: Source, key: str) -> Container:
    """The mapping that a key stands in."""
    start = source.text.index(key)
    return around(source.span(start, start + len(key)))[0]


def changed(source: Source, key: str, changes: Mapping[str, Wanted]) -> str:
    """The text after the entries around a key are changed."""
    edits = innermost(source, key).changed(changes, source.text.index(key))
    assert edits is not None
    return applied(source.text, edits)


def after(values: Mapping[str, object], changes: Mapping[str, Wanted]) -> dict[str, object]:
    """What changes make of data."""
    result = {key: value for key, value in values.items() if changes.get(key) is not REMOVE}
    return result | {key: value for key, value in changes.items() if value is not REMOVE}


def only_adds(old: str, new: str) -> bool:
    """Whether a text holds another one in order."""
    rest = iter(new)
    return all(char in rest for char in old)


CHANGES = st.dictionaries(
    st.sampled_from([*NAMES, "added", "more"]),
    st.one_of(st.just(REMOVE), st.integers(0, 9), st.booleans(), st.just("word")),
    min_size=1,
).map(lambda found: {key: value for key, value in found.items() if value is not REMOVE or key in NAMES})


@st.composite
def json_texts(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    data = {"outer": {name: VALUES[name] for name in names}, "last": [1, {"x": 2}]}
    text = json.dumps(
        data, indent=draw(st.sampled_from([None, 1, 2, 4, "\t"])), separators=draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    )
    return text.replace("\n", draw(NEWLINES)) + draw(st.sampled_from(["", "\n"])), data["outer"]  # type: ignore[return-value]


@given(json_texts(), CHANGES)
@settings(max_examples=150, deadline=None)
def test_json(drawn: tuple[str, dict[str, object]], changes: dict[str, Wanted]) -> None:
    text, values = drawn
    changes = {key: value for key, value in changes.items() if value is not REMOVE or key in values}
    name = next(iter(values))
    new = changed(Source("a.json", text), f'"{name}"', changes)
    assert plain(parse_json(Source("a.json", new))) == {"outer": after(values, changes), "last": [1, {"x": 2}]}
    assert new[: text.index(f'"{name}"')].rstrip().startswith(text[: text.index("{", 1) + 1])
    assert new.endswith(text[text.index('"last"') :])
    assert "\r" in new or "\r" not in text
    if not any(key not in values or value is REMOVE for key, value in changes.items()):
        assert new.count("\n") == text.count("\n")


@st.composite
def yaml_texts(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    values = {name: VALUES[name] for name in names}
    spelled = {"alpha": ["1"], "beta": ["text", "'text'", '"text"'], "gamma": ["true", "True", "yes"], "delta": ["null", "~", ""]}
    comment = st.sampled_from(["", "  # why", " # a: b"])
    pairs = {name: draw(st.sampled_from(spelled[name])) for name in names}
    if draw(st.booleans()):
        inner = draw(st.sampled_from([", ", ",", " ,  "])).join(f"{name}: {value or 'null'}" for name, value in pairs.items())
        body = f"outer: {{{inner}}}{draw(comment)}\n"
    else:
        indent = " " * draw(st.integers(1, 5))
        lines = [f"{indent}{name}:{' ' if value else ''}{value}{draw(comment)}\n" for name, value in pairs.items()]
        body = "outer:" + draw(comment) + "\n" + draw(st.sampled_from(["", f"{indent}# first\n"])) + "".join(lines)
    text = "# top\n" + body + "last: [1, {x: 2}]  # end" + draw(st.sampled_from(["", "\n"]))
    return text.replace("\n", draw(NEWLINES)), values


@given(yaml_texts(), CHANGES)
@settings(max_examples=200, deadline=None)
def test_yaml(drawn: tuple[str, dict[str, object]], changes: dict[str, Wanted]) -> None:
    text, values = drawn
    changes = {key: value for key, value in changes.items() if value is not REMOVE or key in values}
    if not after(values, changes):
        return  # a mapping that would be empty is left alone
    name = next(iter(values))
    source = Source("a.yaml", text)
    edits = innermost(source, f"{name}:").changed(changes, text.index(f"{name}:"))
    if edits is None:
        assert set(values) <= {key for key, value in changes.items() if value is REMOVE}  # nothing of a block mapping would stay
        return
    new = applied(text, edits)
    assert plain(parse_yaml(Source("a.yaml", new))[0]) == {"outer": after(values, changes), "last": [1, {"x": 2}]}
    assert new.startswith("# top")
    assert new.endswith(text[text.index("last:") :])
    kept = [line for line in text.split("\n") if not any(f"{key}:" in line for key in [*changes, "outer"])]
    assert only_adds("\n".join(kept), new)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    values = {name: VALUES[name] for name in names}
    literal = {"alpha": ["1", "(1)"], "beta": ['"text"', "'text'"], "gamma": ["True"], "delta": ["None"]}
    as_dict = draw(st.booleans())
    pairs = [(name, draw(st.sampled_from(literal[name]))) for name in names]
    items = [f'"{name}": {value}' if as_dict else f"{name}{draw(st.sampled_from(['=', ' = ']))}{value}" for name, value in pairs]
    if not as_dict and draw(st.booleans()):
        items.insert(0, '"first, (value"')
    trailing = draw(st.booleans())
    if draw(st.booleans()):
        comments = [draw(st.sampled_from(["", "  # why, so", "  # )"])) for _ in items]
        last = len(items) - 1
        lines = [
            f"        {item}{',' if trailing or n < last else ''}{note}"
            for n, (item, note) in enumerate(zip(items, comments, strict=True))
        ]
        inside = "\n" + "\n".join(lines) + "\n    "
    else:
        inside = ", ".join(items) + ("," if trailing else "")
    call = f"{{{inside}}}" if as_dict else f"make({inside})"
    text = f"import torch\n\n\ndef main():\n    x = other(1, {call}, [2])  # keep\n    return x\n"
    return text.replace("\n", draw(NEWLINES)), values


@given(calls(), CHANGES)
@settings(max_examples=250, deadline=None)
def test_python(drawn: tuple[str, dict[str, object]], changes: dict[str, Wanted]) -> None:
    text, values = drawn
    changes = {key: value for key, value in changes.items() if value is not REMOVE or key in values}
    name = next(iter(values))
    new = changed(Source("a.py", text), name, changes)
    (inner,) = (node for node in ast.walk(ast.parse(new)) if isinstance(node, ast.Call | ast.Dict) and _is_inner(node))
    if isinstance(inner, ast.Call):
        found = {keyword.arg: ast.literal_eval(keyword.value) for keyword in inner.keywords}
        assert len(inner.args) == text.count("first")
    else:
        found = ast.literal_eval(inner)
    assert found == after(values, changes)
    assert new.startswith(text[: text.index("other(")])
    assert new.endswith(text[text.index(", [2]") :])
    assert "\r" in new or "\r" not in text
    if not any(key in values for key in changes):
        assert only_adds(text, new)


def _is_inner(node: ast.Call | ast.Dict) -> bool:
    return isinstance(node, ast.Dict) or (isinstance(node.func, ast.Name) and node.func.id == "make")


@given(st.permutations(["--alpha 1", "--use_beta", "--gamma='g h'", '--delta "d"']), st.booleans(), CHANGES)
@settings(max_examples=150, deadline=None)
def test_shell(options: list[str], lines: bool, changes: dict[str, Wanted]) -> None:
    between = " \\\n    " if lines else " "
    text = f"set -e\nX=1 accelerate launch {between.join([*options, 'train.py', '--own 1'])}  # run\necho done\n"
    wanted = {key: value for key, value in changes.items() if key in ("alpha", "gamma", "delta", "added") and value is not True}
    wanted = {key: value for key, value in wanted.items() if value is not False}
    if not wanted:
        return
    source = Source("run.sh", text)
    edits = innermost(source, "--alpha").changed(wanted, text.index("--alpha"))
    assert edits is not None
    new = applied(text, edits)
    assert new.startswith("set -e\nX=1 accelerate launch")
    assert new.endswith("  # run\necho done\n")
    command = new[new.index("accelerate") : new.index("  # run")].replace("\\\n", " ")
    words = shlex.split(command)
    assert words[:2] == ["accelerate", "launch"]
    assert words[-3:] == ["train.py", "--own", "1"]
    assert "--use_beta" in words
    for key, value in {"alpha": "1", "gamma": "g h", "delta": "d"}.items():
        expected = wanted.get(key, value)
        there = [word for word in words if word == f"--{key}" or word.startswith(f"--{key}=")]
        assert bool(there) is (expected is not REMOVE)
        if there:
            given = there[0].partition("=")[2] or words[words.index(there[0]) + 1]
            assert given == str(expected)
    if "added" in wanted:
        assert words[words.index("--added") + 1] == str(wanted["added"])


@settings(deadline=None)
@given(st.sampled_from(["torch.float16", "'float16'", '"fp16"', '"torch.float16"']), st.booleans())
def test_data_types_keep_their_spelling(old: str, imported: bool) -> None:
    text = ("import torch\n" if imported else "") + f"f(a={old}, b=1)\n"
    new = changed(Source("a.py", text), "a=", {"a": Dtype("bfloat16")})
    if old == "torch.float16" and not imported:
        assert new == 'f(a="bfloat16", b=1)\n'  # whatever `torch` is there, it is not known to be the library
    else:
        assert new == text.replace("float16", "bfloat16").replace("fp16", "bf16")
