"""torchtitan is read enough to have nothing said about it."""

from __future__ import annotations

from tests.frameworks.linked import codes, run_of, runs_of

CONFIG = """
[model]
name = "llama3"
converters = ["quantize.linear.float8"]

[parallelism]
data_parallel_shard_degree = -1
tensor_parallel_degree = 2

[quantize.linear.float8]
enable_fsdp_float8_all_gather = true
precompute_float8_dynamic_scale_for_fsdp = true
"""


def test_float8_with_fsdp2_and_tensor_parallelism_is_sound() -> None:
    files = {"llama3.toml": CONFIG, "run.sh": "NGPU=8 CONFIG_FILE=llama3.toml ./run_train.sh --compile.enable\n"}
    run = run_of(files)
    assert (run.value("train.fp8"), run.value("parallel.tp.size"), run.value("launch.processes")) == (True, 2, 8)
    assert run.value("parallel.strategy") == "fsdp2"
    assert codes(files) == set()


def test_under_torchrun() -> None:
    command = (
        "torchrun --nproc_per_node 4 -m torchtitan.train --job.config_file llama3.toml --parallelism.tensor_parallel_degree 4\n"
    )
    run = run_of({"llama3.toml": CONFIG, "run.sh": command})
    assert (run.value("framework"), run.value("parallel.tp.size")) == ("torchtitan", 4)


def test_another_run_train_is_not_torchtitans() -> None:
    assert runs_of({"start.sh": "./run_train.sh --lr 1\n"}) == []
