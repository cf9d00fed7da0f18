"""What `@hydra.main` calls a function with, as hydra-core 1.3 composes it."""

from __future__ import annotations

import pytest
from tests.evaluate.programs import only, run

from qp_lint.tree import Choice, Mapping, Node, Scalar, Sequence

MAIN = """\
import hydra
from lib import show

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    show(cfg)

if __name__ == "__main__":
    main()
"""
FILES = {
    "train.py": MAIN,
    "conf/config.yaml": (
        "defaults:\n  - base\n  - model: small\n  - opt@optimizer: adam\n  - _self_\nseed: 1\nname: ${model.size}-${seed}\n"
    ),
    "conf/base.yaml": "seed: 0\nmode: plain\n",
    "conf/model/small.yaml": "defaults: [/model/parts/head, _self_]\nsize: 1\nbits: 16\n",
    "conf/model/large.yaml": "size: 70\n",
    "conf/model/parts/head.yaml": "# @package model.head\nwidth: 2\n",
    "conf/opt/adam.yaml": "lr: 1e-4\n",
    "conf/exp/zero.yaml": "# @package _global_\nmodel: {bits: 8}\nmode: zero\n",
    "conf/other.yaml": "only: this\n",
}


def plain(node: Node) -> object:
    if isinstance(node, Mapping):
        found: dict[str, object] = {name: plain(entry.value) for name, entry in node.entries.items()}
        return {**found, "...": True} if node.open else found
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Choice):
        return tuple(plain(option) for option in node.options)
    return node.value if isinstance(node, Scalar) else "?"


def configuration(line: str | None, files: dict[str, str] | None = None) -> dict[str, object]:
    found = plain(only(run({**FILES, **(files or {})}, "train.py", line), "show").args[0])
    assert isinstance(found, dict)
    return found


BASE = {
    "seed": 1,
    "mode": "plain",
    "model": {"head": {"width": 2}, "size": 1, "bits": 16},
    "optimizer": {"lr": 1e-4},
    "name": "1-1",
}


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        (None, {}),
        ("", {}),
        ("seed=3", {"seed": 3, "name": "1-3"}),
        ("model=large", {"model": {"size": 70}, "name": "70-1"}),
        ("model=large model.bits=4 ++new.key='a b'", {"model": {"size": 70, "bits": 4}, "name": "70-1"}),
        ("+exp=zero", {"model": {"head": {"width": 2}, "size": 1, "bits": 8}, "mode": "zero"}),
        ("~optimizer mode=[a,1]", {"optimizer": None, "mode": ["a", 1]}),
        ("-m seed=1,2", {"seed": (1, 2), "name": "?"}),
        ("mode=null", {"mode": None}),
    ],
)
def test_composition(line: str | None, changed: dict[str, object]) -> None:
    found = configuration(line)
    for name, value in {**BASE, **changed}.items():
        assert found.get(name) == value


def test_another_configuration() -> None:
    assert configuration("--config-name other") == {"only": "this"}
    assert configuration("--config-name=nowhere") == {"...": True}


def test_what_is_not_in_reach_leaves_it_open() -> None:
    files = {"conf/config.yaml": "defaults:\n  - model: missing\n  - optional local: none\nseed: 1\n"}
    assert configuration("", files) == {"seed": 1, "...": True}


def test_defaults_in_a_circle_end() -> None:
    files = {"conf/config.yaml": "defaults: [base]\nx: 1\n", "conf/base.yaml": "defaults: [config]\ny: 2\n"}
    found = configuration("", files)
    assert found["x"] == 1


def test_instantiate_calls_the_target() -> None:
    main = MAIN.replace("show(cfg)", "show(hydra.utils.instantiate(cfg.model, bits=4))")
    files = {"train.py": main, "conf/model/small.yaml": "_target_: peft.LoraConfig\nr: 8\nbits: 16\n"}
    call = only(run({**FILES, **files}, "train.py", ""), "LoraConfig")
    assert {name: plain(entry.value) for name, entry in call.keywords.items()} == {"r": 8, "bits": 4}
