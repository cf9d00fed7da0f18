"""Conditions that need code."""

from __future__ import annotations

import pytest

from qp_lint.rules.predicates import PREDICATES
from qp_lint.rules.truth import Truth
from qp_lint.run import Run
from qp_lint.settings import Setting
from qp_lint.tree import Plain
from qp_lint.versions import Admitted, Versions


def run(**settings: Plain) -> Run:
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return Run(("run",), {name: Setting(name, (value,), True) for name, value in named.items()}, (), Versions())


@pytest.mark.parametrize(
    ("words", "clash"),
    [
        ("offload", Truth.TRUE),
        ("full_shard auto_wrap shard_grad_op", Truth.TRUE),
        ("full_shard offload", Truth.FALSE),
        ("auto_wrap", Truth.FALSE),
        ("on", Truth.FALSE),
    ],
)
def test_fsdp_words_clash(words: str, clash: Truth) -> None:
    assert PREDICATES["fsdp_words_clash"](run(transformers__fsdp=words)) is clash


def test_unknown_words_do_not_clash() -> None:
    assert PREDICATES["fsdp_words_clash"](run()) is Truth.UNKNOWN


SIZES: dict[str, Plain] = {
    "deepspeed__train_micro_batch_size_per_gpu": 2,
    "deepspeed__gradient_accumulation_steps": 4,
    "launch__processes": 8,
}


@pytest.mark.parametrize(("total", "wrong"), [(64, Truth.FALSE), (32, Truth.TRUE), ("auto", Truth.UNKNOWN)])
def test_deepspeed_batch_sizes(total: Plain, wrong: Truth) -> None:
    assert PREDICATES["deepspeed_batch_sizes"](run(deepspeed__train_batch_size=total, **SIZES)) is wrong


def test_processes_of_all_nodes_count() -> None:
    assert (
        PREDICATES["deepspeed_batch_sizes"](run(deepspeed__train_batch_size=64, parallel__world_size=16, **SIZES)) is Truth.TRUE
    )


def test_model_parallel_batches_are_not_judged() -> None:
    assert PREDICATES["deepspeed_batch_sizes"](run(deepspeed__train_batch_size=1, parallel__tp__size=2, **SIZES)) is Truth.UNKNOWN


def test_trainer_batch_size() -> None:
    arguments: dict[str, Plain] = {
        "transformers__per_device_train_batch_size": 1,
        "transformers__gradient_accumulation_steps": 1,
        "launch__processes": 4,
    }
    assert PREDICATES["trainer_batch_size"](run(deepspeed__train_batch_size=4, **arguments)) is Truth.FALSE
    assert PREDICATES["trainer_batch_size"](run(deepspeed__train_batch_size=8, **arguments)) is Truth.TRUE


@pytest.mark.parametrize(
    ("specifier", "undecided"),
    [("", Truth.FALSE), ("==4.57.6", Truth.FALSE), (">=4.51", Truth.TRUE), (">=5.10", Truth.FALSE)],
)
def test_fsdp_version_undecided(specifier: str, undecided: Truth) -> None:
    version = Setting("parallel.fsdp.version", (1, 2), True)
    versions = Versions({"transformers": Admitted(specifier, "requirements.txt")})
    assert PREDICATES["fsdp_version_undecided"](Run(("run",), {version.name: version}, (), versions)) is undecided
    written = Setting("parallel.fsdp.version", (2,), True)
    assert PREDICATES["fsdp_version_undecided"](Run(("run",), {written.name: written}, (), versions)) is Truth.FALSE


@pytest.mark.parametrize(
    ("settings", "version", "uneven", "small"),
    [
        ({"num_generations": 8, "micro_batch_size": 2, "gradient_accumulation_steps": 2}, "0.20.0", Truth.TRUE, Truth.UNKNOWN),
        ({"num_generations": 8, "micro_batch_size": 2, "gradient_accumulation_steps": 2}, "0.21.0", Truth.UNKNOWN, Truth.UNKNOWN),
        ({"num_generations": 8, "micro_batch_size": 2, "world_size": 1}, "0.21.0", Truth.TRUE, Truth.FALSE),
        ({"num_generations": 8, "micro_batch_size": 2, "world_size": 4}, "0.21.0", Truth.FALSE, Truth.TRUE),
        ({"num_generations": 8, "micro_batch_size": 2, "world_size": 3}, "0.21.0", Truth.TRUE, Truth.TRUE),
        ({"num_generations": 8, "micro_batch_size": 8, "world_size": 4}, "0.21.0", Truth.FALSE, Truth.FALSE),
        ({"num_generations": 8, "micro_batch_size": 8, "world_size": 4}, "0.20.0", Truth.FALSE, Truth.TRUE),
        ({"num_generations": 8, "micro_batch_size": 4, "gradient_accumulation_steps": 4}, "0.20.0", Truth.FALSE, Truth.UNKNOWN),
        ({"num_generations": 8, "generation_batch_size": 12, "micro_batch_size": 8}, "0.21.0", Truth.TRUE, Truth.UNKNOWN),
        ({"num_generations": 8, "micro_batch_size": "auto"}, "0.20.0", Truth.UNKNOWN, Truth.UNKNOWN),
        ({"micro_batch_size": 3}, "0.20.0", Truth.UNKNOWN, Truth.UNKNOWN),
    ],
)
def test_groups_of_generations(settings: dict[str, Plain], version: str, uneven: Truth, small: Truth) -> None:
    homes = {"world_size": "parallel__", "num_generations": "axolotl__trl__", "generation_batch_size": "axolotl__trl__"}
    named = run(**{homes.get(name, "axolotl__") + name: value for name, value in settings.items()})
    found = Run(named.labels, named.settings, (), Versions({"axolotl": Admitted(f"=={version}", "requirements.txt")}))
    assert PREDICATES["grpo_batch_uneven"](found) is uneven
    assert PREDICATES["grpo_batch_small"](found) is small


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"tensor_model": 2, "pipeline_model": 2, "processes": 8}, Truth.FALSE),
        ({"tensor_model": 4, "expert_model": 4, "processes": 8}, Truth.TRUE),
        ({"context": 3, "processes": 8}, Truth.TRUE),
        ({"tensor_model": "auto", "processes": 8}, Truth.UNKNOWN),
        ({"tensor_model": 2}, Truth.UNKNOWN),
        ({"processes": 8}, Truth.FALSE),
    ],
)
def test_megatron_bridge_sizes(settings: dict[str, Plain], wrong: Truth) -> None:
    named = {
        "launch__processes" if name == "processes" else f"llamafactory__{name}_parallel_size": value
        for name, value in settings.items()
    }
    assert PREDICATES["megatron_bridge_sizes"](run(**named)) is wrong
