"""Notebooks as a Python program and a shell script."""

from __future__ import annotations

import json

import pytest

from qp_lint.parse import ParseError
from qp_lint.parse.notebook import Notebook, parse_notebook
from qp_lint.text import Source


def notebook(*cells: str | list[str], **more: object) -> Notebook:
    listed = [{"cell_type": "code", "source": cell.splitlines(True) if isinstance(cell, str) else cell} for cell in cells]
    return parse_notebook(Source("n.ipynb", json.dumps({"cells": listed, **more}, indent=1)))


def commands(book: Notebook) -> list[str]:
    return [line for line in book.shell.text.splitlines() if line.strip("() \n")]


def test_cells_are_one_program() -> None:
    book = notebook("import os", "x = 1\n\ny = 'é'")
    assert book.code.text == "import os\nx = 1\n\ny = 'é'\n"
    at = book.code.text.index("'é'")
    assert book.code.span(at, at + 3).where(column=True) == "n.ipynb:cell 2:3:5"
    assert book.code.span(at, at + 3).outermost().text == "'\\u00e9'"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%time f()", "f()\n\n"),
        ("%%time\nf()", "f()\n"),
        ("%%capture out\n!pip install x\nf()", "pass\nf()\n"),
        ("if a:\n    !ls -l \\\n  x\nb()", "if a:\n    pass\nb()\n"),
        ("x = !ls\ny, z = %env", "x = get_ipython()\ny, z = get_ipython()\n\n"),
        ("f?\n?g\nh??\nx = 1", "pass\npass\npass\nx = 1\n"),
        ("x = (\n  a\n  % b\n)", "x = (\n  a\n  % b\n)\n"),
        ("await f()", "await f()\n"),
        ("%%html\n<b>", ""),
        ("%%R\nx <- 1", ""),
        ("def broken(:", ""),
        ("s = '''\n!not a command\n'''", "s = '''\n!not a command\n'''\n"),
    ],
)
def test_magics(cell: str, code: str) -> None:
    assert notebook(cell).code.text.replace("\n\n", "\n") == code.replace("\n\n", "\n")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("!torchrun t.py", ["(torchrun t.py"]),
        ("%cd sub", ["cd sub"]),
        ("%env A=1 2", ["export A='1 2'"]),
        ('import os\nos.environ["A"] = "x"  # why', ["export A='x'"]),
        ("A = 'x'\n!torchrun {A} {a + b} {{c}}", ["A='x'", "(torchrun ${A} $_ {{c}}"]),
        ("A = f()", ["read A"]),
        ("%run train.py --a 1", ["python train.py --a 1"]),
        ("%%bash -e\ntorchrun t.py", ["torchrun t.py"]),
        ("%%script bash\ntorchrun t.py", ["torchrun t.py"]),
        ("!echo it's", []),
        ('%%bash\necho "open', []),
    ],
)
def test_what_the_shell_gets(cell: str, expected: list[str]) -> None:
    assert commands(notebook(cell)) == expected


def test_other_languages_and_versions() -> None:
    julia = {"kernelspec": {"language": "julia"}}
    assert notebook("x = 1", metadata=julia).code.text == ""
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y"]}]}], "nbformat": 3}
    assert parse_notebook(Source("n.ipynb", json.dumps(old))).code.text == "x = 1\ny\n"


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"cells": 3}', '{"cells": [1, null, {"cell_type": "code"}, {"cell_type": "code", "source": [1, {}]}]}']
)
def test_odd_notebooks_hold_nothing(text: str) -> None:
    assert parse_notebook(Source("n.ipynb", text)).code.text == ""


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(ParseError):
        parse_notebook(Source("n.ipynb", "{'cells': []}"))
