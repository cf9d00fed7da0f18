"""The tree of a Python text: bodies that are parsed later say the same, in the same places."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import libcst
import pytest

from qp_lint.parse import ParseError, python
from qp_lint.parse.python import PythonTree
from qp_lint.text import Source

ROOT = Path(__file__).parents[2]
LONG = "".join(f"    value_{n} = call_{n}(first, second=[1, 2, 3])\n" for n in range(8))
INNER = LONG.replace("    value", "        value")


def places(tree: PythonTree) -> Iterator[tuple[str, int, int]]:
    """Every statement and expression with the place where it stands, those in bodies that were left out too."""
    todo: list[libcst.CSTNode] = [tree.module]
    while todo:
        node = todo.pop()
        if isinstance(node, (libcst.BaseExpression, libcst.BaseStatement, libcst.BaseSmallStatement)):
            span = tree.span(node)
            yield type(node).__name__, span.start, span.end
        todo += tree.children(node)


def assert_same(text: str) -> PythonTree:
    """Both ways of reading a text find the same nodes in the same places; returns the tree with bodies left out."""
    source = Source("train.py", text)
    tree = PythonTree(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(python, "LARGE", sys.maxsize)
        whole = PythonTree(source)
    assert whole.module.code == text.replace("\f", "")
    assert sorted(places(tree)) == sorted(places(whole))
    return tree


@pytest.mark.parametrize("path", sorted((ROOT / "src/qp_lint/evaluate").glob("*.py")), ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    assert_same(path.read_text())


@pytest.mark.parametrize(
    "text",
    [
        f"def f(a):\n{LONG}    return a\n",
        f"def f(a):\n    # why\n{LONG}    return a  # the last word\n    # and one more\n\nx = f(1)\n",
        f'def f(a):\n    """Doc.\n\nNot indented.\n"""\n{LONG}x = 1\n',
        f"class A:\n    @property\n    def f(self):\n{INNER}\n    async def g(self):\n{INNER.replace('= ', '= await ')}",
        f"def f():\n    @wraps(f)\n    def g():\n    {LONG.replace(chr(10), chr(10) + '    ')}\n    return g\n",
        f"if True:\n    def f():\n{INNER}else:\n    f = None\n",
        f"try:\n    import a\nexcept ImportError:\n    def f():\n{INNER}finally:\n    pass\n",
        f"def f():\n{LONG}    return 'Grüße 🎉'; x = 'é'  # ü\nprint(f())\n",
        f"\fdef f():\n\f{LONG}\f\nprint('a\fb')\n",
        f"def f():\n{LONG}    return 1".replace("\n", "\r\n"),
        f"def f():\n{LONG}    return 1".replace("    ", "\t"),
    ],
)
def test_odd_texts(text: str) -> None:
    assert_same(text)


def test_a_body_is_parsed_when_it_is_asked_for() -> None:
    tree = PythonTree(Source("train.py", f"def f(a):\n{LONG}    return a\n"))
    function = tree.module.body[0]
    assert isinstance(function, libcst.FunctionDef)
    assert "value_3" not in tree.module.code
    assert len(tree.body(function).body) == 9
    assert tree.body(function) is tree.body(function)
    assert tree.span(function).text.endswith("return a")


def test_a_name_like_the_one_that_stands_for_bodies() -> None:
    text = f"_left_out_by_qp_lint_0 = 1\ndef f(a):\n{LONG}    return _left_out_by_qp_lint_0\n"
    assert "value_3" in assert_same(text).module.code


def test_an_error_stands_where_it_is() -> None:
    with pytest.raises(ParseError) as raised:
        PythonTree(Source("train.py", f"def f(a):\n{LONG}    return (\n"))
    assert raised.value.offset == len(f"def f(a):\n{LONG}    return ")
