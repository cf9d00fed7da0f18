"""Strings inside data files: every character leads back to where it is written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.parse.json import parse_json
from qp_lint.parse.strings import embedded
from qp_lint.parse.yaml import parse_yaml
from qp_lint.text import Source
from qp_lint.tree import Mapping, Scalar


def inner(node: object) -> Source:
    assert isinstance(node, Scalar)
    source = embedded([node])
    assert source is not None
    assert source.text == node.value
    return source


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.booleans())
def test_json_escapes(text: str, ascii_only: bool) -> None:
    source = inner(parse_json(Source("x.json", json.dumps(text, ensure_ascii=ascii_only))))
    for offset, char in enumerate(text):
        place = source.span(offset, offset + 1).outermost()
        written = place.text
        assert written == char or written.startswith("\\")


@pytest.mark.parametrize(
    "yaml",
    [
        "run: torchrun train.py\n",
        "run: |\n  set -e\n\n  torchrun \\\n    train.py\n",
        "run: |-\n    set -e\n    torchrun train.py",
        "run: >\n  torchrun\n  --nproc_per_node 8\n  train.py\n",
        "run: |2\n    echo\n  torchrun train.py\n",
        "run: 'it''s torchrun train.py'\n",
        'run: "echo \\"a\\"\\ntorchrun train.py"\n',
        "run: torchrun\n  train.py\n",
        "steps:\n- run: &x |\n   cd a\n   torchrun train.py\n",
    ],
)
def test_yaml_notations(yaml: str) -> None:
    (tree,) = parse_yaml(Source("x.yaml", yaml))
    assert isinstance(tree, Mapping)
    node = tree.get("run")
    if node is None:
        steps = tree.get("steps")
        node = steps.items[0].get("run")  # type: ignore[union-attr]
    source = inner(node)
    for word in ("torchrun", "train.py"):
        at = source.text.index(word)
        assert source.span(at, at + len(word)).outermost().text == word
