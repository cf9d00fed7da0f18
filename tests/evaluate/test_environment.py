"""Where a program gets values from outside of it: `.env` files, Hydra's ConfigStore, OmegaConf's command line, papermill."""

from __future__ import annotations

import json

import pytest
from tests.evaluate.programs import only, program, project, run

from qp_lint.evaluate import evaluate
from qp_lint.tree import Mapping, Node, Scalar, Unknown


def shown(text: str, line: str | None = None, files: dict[str, str] | None = None, **env: str) -> Node:
    """What a program hands to `lib.show`."""
    found = run({"train.py": f"from lib import show\n{text}", **(files or {})}, "train.py", line, env=env)
    return only(found, "show").args[0]


def value(node: Node | None) -> object:
    if isinstance(node, Mapping):
        return {name: value(entry.value) for name, entry in node.entries.items()}
    return node.value if isinstance(node, Scalar) else "?"


DOTENV = "import os\nfrom dotenv import load_dotenv\nload_dotenv({})\nshow(os.environ.get('MODE'))\n"


@pytest.mark.parametrize(
    ("argument", "env", "expected"),
    [
        ("", {}, "file"),
        ("", {"MODE": "launch"}, "launch"),
        ("override=True", {"MODE": "launch"}, "file"),
        ("'other.env'", {}, "other"),
        ("dotenv_path='missing.env'", {}, "?"),
    ],
)
def test_load_dotenv(argument: str, env: dict[str, str], expected: str) -> None:
    files = {".env": "MODE=file\n", "other.env": "export MODE='other'  # quoted\n"}
    assert value(shown(DOTENV.format(argument), None, files, **env)) == expected


def test_dotenv_values() -> None:
    assert value(shown("from dotenv import dotenv_values\nshow(dotenv_values('.env'))\n", None, {".env": "A=1\nB=2\n"})) == {
        "A": "1",
        "B": "2",
    }


STORE = """\
from dataclasses import dataclass, field
import hydra
from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

@dataclass
class Small:
    size: int = 1

@dataclass
class Config:
    defaults: list = field(default_factory=lambda: ["_self_", {"model": "small"}])
    model: Small = MISSING
    bits: int = 16

cs = ConfigStore.instance()
cs.store(name="config", node=Config)
cs.store(group="model", name="small", node=Small)
cs.store(group="model", name="large", node={"size": 70})

@hydra.main(version_base=None, config_name="config")
def main(cfg):
    show(cfg)

main()
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {"model": {"size": 1}, "bits": 16}),
        ("model=large bits=8", {"model": {"size": 70}, "bits": 8}),
        ("model.size=3", {"model": {"size": 3}, "bits": 16}),
    ],
)
def test_the_config_store(line: str, expected: object) -> None:
    assert value(shown(STORE, line)) == expected


def test_a_file_goes_before_what_is_stored() -> None:
    text = STORE.replace("version_base=None,", "version_base=None, config_path='conf',")
    assert value(shown(text, "", {"conf/model/small.yaml": "size: 2\n"})) == {"model": {"size": 2}, "bits": 16}


def test_values_of_omegaconf_s_command_line() -> None:
    text = "from omegaconf import OmegaConf\nshow(OmegaConf.from_cli())\n"
    expected = {"a": {"b": 8}, "lr": 0.0001, "on": True, "name": "x=y"}
    assert value(shown(text, "a.b=8 lr=1e-4 on=true name=x=y")) == expected


def cell(text: str, *tags: str) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": text}


@pytest.mark.parametrize(
    ("tags", "expected"), [(("parameters",), "given"), ((), "written")], ids=["behind the tagged cell", "at the beginning"]
)
def test_parameters_of_a_notebook(tags: tuple[str, ...], expected: str) -> None:
    cells = [cell("from lib import show\n"), cell("mode = 'written'\n", *tags), cell("show(mode)\n")]
    files = project({"a.ipynb": json.dumps({"cells": cells})})
    found = evaluate(files, "a.ipynb", parameters={"mode": Scalar("given")})
    assert value(only(found, "show").args[0]) == expected


def test_a_function_is_called_as_an_installed_command_calls_it() -> None:
    text = "from lib import show\ndef main():\n    show(__name__)\nif __name__ == '__main__':\n    show('script')\n"
    found = evaluate(project({"train.py": text}), "train.py", function="main")
    assert value(only(found, "show").args[0]) == "train"
    assert evaluate(project({"train.py": text}), "train.py", function="missing").calls == ()


def test_variables_that_a_program_sets() -> None:
    found = program("import os\nos.environ['A'] = '1'\nif unknown():\n    os.environ['B'] = '2'\n", env={"C": "3"})
    assert value(found.env["A"]) == "1"
    assert not isinstance(found.env["B"], (Scalar, Unknown))
    assert value(found.env["C"]) == "3"
