"""What qp-lint reads of Lightning's Trainer, Fabric and LightningCLI."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of, runs_of

from qp_lint.run import Run


def trainer(arguments: str) -> Run:
    text = f"""
import lightning as L
import torch
from lightning.pytorch.plugins import BitsandbytesPrecision, TransformerEnginePrecision
from lightning.pytorch.strategies import DDPStrategy, DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy

trainer = L.Trainer({arguments})
trainer.fit(model)
"""
    return run_of({"train.py": text})


@pytest.mark.parametrize(
    ("arguments", "strategy"),
    [
        ('strategy="ddp_find_unused_parameters_true", devices=2', "ddp"),
        ('strategy="fsdp", devices=2', "fsdp1"),
        ("strategy=FSDPStrategy(), devices=2", "fsdp1"),
        ('strategy="deepspeed", devices=2', "zero2"),
        ('strategy="deepspeed_stage_3_offload", devices=2', "zero3"),
        ("strategy=DeepSpeedStrategy(stage=1), devices=2", "zero1"),
        ("strategy=ModelParallelStrategy(tensor_parallel_size=2), devices=8", "other"),
        ('strategy="auto", devices=4', "ddp"),
        ("devices=1", "single"),
        ("", None),
    ],
)
def test_strategies(arguments: str, strategy: str | None) -> None:
    assert trainer(arguments).value("parallel.strategy") == strategy


def test_offload_and_state_dicts() -> None:
    run = trainer('strategy="deepspeed_stage_3_offload_nvme"')
    assert (run.value("parallel.zero.offload_param"), run.value("parallel.zero.offload_optimizer")) == ("nvme", "nvme")
    run = trainer("strategy=DeepSpeedStrategy(stage=2, offload_optimizer=True)")
    assert (run.value("parallel.zero.offload_param"), run.value("parallel.zero.offload_optimizer")) == ("none", "cpu")
    run = trainer('strategy=FSDPStrategy(state_dict_type="sharded", cpu_offload=True), precision="bf16-mixed"')
    assert run.value("parallel.fsdp.state_dict_type") == "SHARDED_STATE_DICT"
    assert run.value("parallel.fsdp.offload") is True
    assert run.value("parallel.compute_dtype") == "bfloat16"


def test_a_deepspeed_configuration_replaces_the_arguments() -> None:
    text = "import pytorch_lightning as pl\nfrom pytorch_lightning.strategies import DeepSpeedStrategy\n"
    text += 'pl.Trainer(strategy=DeepSpeedStrategy(config="ds.json"), devices=4).fit(model)\n'
    run = run_of({"train.py": text, "ds.json": '{"zero_optimization": {"stage": 3}}'})
    assert run.value("parallel.zero.stage") == 3


@pytest.mark.parametrize(("written", "name"), [("16", "16-mixed"), ('"bf16"', "bf16-mixed"), ('"bf16-true"', "bf16-true")])
def test_older_spellings_of_precision(written: str, name: str) -> None:
    assert trainer(f"precision={written}").value("lightning.precision") == name


@pytest.mark.parametrize(
    ("written", "count"), [("4", 4), ("[0, 1]", 2), ('"0,1,2"', 3), ('"2"', 2), ("-1", None), ('"auto"', None)]
)
def test_devices(written: str, count: int | None) -> None:
    assert trainer(f"devices={written}").value("launch.processes") == count


def test_the_bitsandbytes_plugin_is_quantization() -> None:
    run = trainer('plugins=[BitsandbytesPrecision("nf4-dq", dtype=torch.bfloat16)], devices=1')
    wanted = {
        "method": "bitsandbytes",
        "bits": 4,
        "type": "nf4",
        "double": True,
        "compute_dtype": "bfloat16",
        "origin": "on-load",
    }
    assert {name: run.value(f"quantization.{name}") for name in wanted} == wanted


def test_fit_trains_and_predict_does_not() -> None:
    assert trainer("").value("purpose") == "train"
    text = "import lightning as L\ntrainer = L.Trainer()\ntrainer.predict(model)\n"
    assert run_of({"predict.py": text}).value("purpose") == "eval"


CLI = """
from lightning.pytorch.cli import LightningCLI
from project import Model

if __name__ == "__main__":
    LightningCLI(Model)
"""
CONFIG = """
seed_everything: 1
trainer:
  strategy:
    class_path: lightning.pytorch.strategies.DeepSpeedStrategy
    init_args: {stage: 3}
  devices: 8
"""


def test_lightning_cli_reads_files_in_order_and_then_flags() -> None:
    files = {
        "train.py": CLI,
        "a.yaml": CONFIG,
        "b.yaml": "trainer:\n  devices: 2\n",
        "run.sh": "python train.py fit --config a.yaml --config=b.yaml --trainer.precision bf16-mixed\n",
    }
    run = run_of(files)
    assert run.value("parallel.zero.stage") == 3
    assert run.value("launch.processes") == 2
    assert run.value("lightning.precision") == "bf16-mixed"
    assert run.value("purpose") == "train"


def test_a_file_in_sections_by_subcommand() -> None:
    config = "fit:\n  trainer:\n    strategy: ddp\n    devices: 2\n"
    run = run_of({"train.py": CLI, "c.yaml": config, "run.sh": "python train.py fit -c c.yaml\n"})
    assert run.value("parallel.strategy") == "ddp"


def test_a_configuration_alone_is_a_run_and_the_script_without_one_says_nothing() -> None:
    assert run_of({"config.yaml": CONFIG}).value("parallel.strategy") == "zero3"
    assert run_of({"train.py": CLI}).value("parallel.strategy") is None


def test_configurations_of_hydra_are_not_lightnings() -> None:
    assert runs_of({"c.yaml": "trainer:\n  _target_: lightning.Trainer\n  strategy: fsdp\nmodel:\n  _target_: a.B\n"}) == []
    assert runs_of({"c.yaml": "trainer:\n  devices: 8\n  precision: bf16\nexp_manager:\n  name: x\n"}) == []


def test_fabric_run() -> None:
    text = """
from lightning.fabric import Fabric

fabric = Fabric()
model, optimizer = fabric.setup(model, optimizer)
fabric.backward(loss)
"""
    run = run_of({"train.py": text, "run.sh": "fabric run --strategy=fsdp --devices=4 train.py\n"})
    assert (run.value("parallel.strategy"), run.value("launch.processes"), run.value("purpose")) == ("fsdp1", 4, "train")


def test_a_strategy_that_cannot_be_told_is_silent() -> None:
    text = """
import os

import lightning as L
from lightning.pytorch.plugins import BitsandbytesPrecision

from project import make_strategy

L.Trainer(strategy=make_strategy(os.environ["KIND"]), plugins=BitsandbytesPrecision("nf4")).fit(model)
"""
    assert codes({"train.py": text}) == set()
