"""torchtitan is read enough to have nothing said about it."""

from __future__ import annotations

from tests.frameworks.linked import codes, run_of, runs_of

FLOAT8 = "--model.converters quantize.linear.float8 --quantize.linear.float8.enable_fsdp_float8_all_gather"


def test_float8_with_fsdp2_and_tensor_parallelism_is_sound() -> None:
    flags = f"{FLOAT8} --parallelism.tensor_parallel_degree 2"
    files = {"run.sh": f"NGPU=8 CONFIG_FILE=llama3.toml ./run_train.sh {flags}\n"}
    run = run_of(files)
    assert (run.value("train.fp8"), run.value("parallel.tp.size"), run.value("launch.processes")) == (True, 2, 8)
    assert codes(files) == set()


def test_what_only_the_configuration_says_is_unknown() -> None:
    run = run_of({"run.sh": "torchrun --nproc_per_node 4 -m torchtitan.train --job.config_file llama3.toml\n"})
    assert (run.value("framework"), run.value("launch.processes")) == ("torchtitan", 4)
    assert run.value("parallel.strategy") is None


def test_another_run_train_is_not_torchtitans() -> None:
    assert runs_of({"start.sh": "./run_train.sh --lr 1\n"}) == []
