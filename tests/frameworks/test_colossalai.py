"""What qp-lint reads of programs that train with ColossalAI's Booster, and of `colossalai run`."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of, runs_of

HEAD = """
import sys

import colossalai
import torch
from colossalai.booster import Booster
from colossalai.booster.plugin import (
    GeminiPlugin, HybridParallelPlugin, LowLevelZeroPlugin, MoeHybridParallelPlugin, TorchDDPPlugin, TorchFSDPPlugin,
)
from colossalai.nn.optimizer import HybridAdam
from colossalai.quantization import BnbQuantizationConfig
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

colossalai.launch_from_torch()
lora = LoraConfig(r=8, use_dora=True)
"""
LOOP = """
for batch in []:
    booster.backward(model(**batch).loss, optimizer)
    optimizer.step()
"""


def program(body: str) -> str:
    """A training program around some lines."""
    return HEAD + body + LOOP


def trained(plugin: str, lora: str = "lora_config=lora, quantize=True") -> str:
    """A program that trains with a plugin and, unless told otherwise, 4-bit weights."""
    return program(f"""
booster = Booster(plugin={plugin}, mixed_precision="fp16")
model = AutoModelForCausalLM.from_pretrained("a/b", torch_dtype=torch.bfloat16)
model = booster.enable_lora(model, {lora})
optimizer = HybridAdam([p for p in model.parameters() if p.requires_grad])
model, optimizer, *_ = booster.boost(model, optimizer)
""")


@pytest.mark.parametrize(
    ("plugin", "strategy", "precision"),
    [
        ("TorchDDPPlugin()", "ddp", "fp16"),
        ("LowLevelZeroPlugin()", "zero1", "fp16"),
        ("LowLevelZeroPlugin(2, 'bf16')", "zero2", "bf16"),
        ("GeminiPlugin(precision='bf16')", "other", "bf16"),
        ("HybridParallelPlugin(1, 1)", "ddp", "fp16"),
        ("HybridParallelPlugin(tp_size=1, pp_size=1, zero_stage=2, precision='bf16')", "zero2", "bf16"),
        ("HybridParallelPlugin(tp_size=2, pp_size=1, zero_stage=1)", "other", "fp16"),
        ("HybridParallelPlugin(tp_size=int(open('n').read()), pp_size=1)", None, "fp16"),
        ("MoeHybridParallelPlugin(ep_size=4, tp_size=1, pp_size=1, zero_stage=1, precision='bf16')", "zero1", "bf16"),
        ("make_plugin()", None, None),
    ],
)
def test_plugins(plugin: str, strategy: str | None, precision: str | None) -> None:
    text = "from plugins import make_plugin\n" + trained(plugin)
    run = run_of({"train.py": text, "run.sh": "torchrun --nproc_per_node 4 train.py\n"})
    assert (run.value("framework"), run.value("purpose")) == ("colossalai", "train")
    assert (run.value("parallel.strategy"), run.value("train.precision")) == (strategy, precision)
    assert (run.value("tuning.method"), run.value("tuning.dora")) == ("lora", True)


def test_fsdp_is_torchs_own() -> None:
    text = program("""
from torch.distributed.fsdp import CPUOffload, ShardingStrategy
plugin = TorchFSDPPlugin(None, ShardingStrategy.SHARD_GRAD_OP, CPUOffload(True))
booster = Booster(plugin=plugin)
model = AutoModelForCausalLM.from_pretrained("a/b", quantization_config=BitsAndBytesConfig(load_in_4bit=True))
model = get_peft_model(model, lora)
model, optimizer, *_ = booster.boost(model, HybridAdam(model.parameters()))
""")
    files = {"train.py": text, "run.sh": "torchrun --nproc_per_node 4 train.py\n"}
    run = run_of(files)
    assert (run.value("parallel.strategy"), run.value("parallel.fsdp.sharding")) == ("fsdp1", "SHARD_GRAD_OP")
    assert codes(files) == {"QP210"}
    assert codes({**files, "train.py": text.replace("load_in_4bit", "load_in_8bit")}) == {"QP214"}


def test_quantization() -> None:
    run = run_of({"train.py": trained("TorchDDPPlugin()")})
    four = [run.value(f"quantization.{name}") for name in ("method", "bits", "type", "double", "compute_dtype", "origin")]
    assert four == ["bitsandbytes", 4, "nf4", True, "bfloat16", "on-load"]
    config = "lora_config=lora, bnb_quantization_config=BnbQuantizationConfig(load_in_4bit=True)"
    run = run_of({"train.py": trained("TorchDDPPlugin()", config)})
    four = [run.value(f"quantization.{name}") for name in ("method", "bits", "type", "compute_dtype")]
    assert four == ["bitsandbytes", 4, "fp4", "float16"]
    run = run_of({"train.py": trained("TorchDDPPlugin()", "lora_config=lora, quantize=1")})
    assert run.value("quantization.method") is None  # enable_lora asks `quantize is True`
    run = run_of({"train.py": trained("TorchDDPPlugin()", "None, lora, BnbQuantizationConfig(True)")})
    assert run.value("quantization.bits") == 8


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ("--nproc_per_node 4", 4),
        ("--nproc_per_node=4 --host a,b --master_addr a", 8),
        ("--nproc_per_node 4 --hostfile hosts", 12),
        ("--nproc_per_node 4 --hostfile hosts --num_nodes 2", 8),
        ("--nproc_per_node 4 --hostfile hosts --exclude b", 8),
        ("--nproc_per_node 4 --hostfile hosts --include b", 4),
        ("--nproc_per_node 4 --hostfile elsewhere", None),
        ("--nproc_per_node 4 --host $HOSTS", None),
    ],
)
def test_launcher(options: str, size: int | None) -> None:
    command = f"colossalai run {options} train.py\n"
    run = run_of({"train.py": trained("TorchDDPPlugin()"), "run.sh": command, "hosts": "a\nb\n\nc\n"})
    assert (run.value("launch.launcher"), run.value("launch.processes")) == ("torchrun", 4)
    assert run.value("parallel.world_size") == size


def test_launcher_with_a_module() -> None:
    files = {"jobs/train.py": trained("GeminiPlugin()"), "run.sh": "colossalai run --nproc_per_node 4 -m jobs.train --lr 1\n"}
    assert run_of(files).value("launch.processes") == 4
    assert codes(files) == {"QP593"}


def test_the_launchers_options_stand_anywhere() -> None:
    files = {"train.py": trained("LowLevelZeroPlugin(int(sys.argv[2]))", "lora_config=lora")}
    run = run_of({**files, "run.sh": "colossalai run train.py --stage --nproc_per_node 4 2 --host a,b\n"})
    assert (run.value("parallel.world_size"), run.value("parallel.strategy")) == (8, "zero2")
    run = run_of({**files, "run.sh": "colossalai run $DEBUG --nproc_per_node 4 train.py --stage 1\n"})
    assert (run.value("parallel.world_size"), run.value("parallel.strategy")) == (4, "zero1")


def test_what_starts_nothing() -> None:
    """Without a number of processes the launcher prints that and ends; the script may still be started by itself."""
    runs = runs_of({"train.py": trained("TorchDDPPlugin()"), "run.sh": "colossalai run train.py\ncolossalai check -i\n"})
    assert [run.value("launch.launcher") for run in runs] == [None]


def test_each_booster_for_itself() -> None:
    """The critic's plugin is not asked for adapters."""
    text = program("""
booster = Booster(plugin=LowLevelZeroPlugin(2))
critics = Booster(plugin=GeminiPlugin())
model = booster.enable_lora(AutoModelForCausalLM.from_pretrained("a/b"), lora_config=lora)
critic = AutoModelForCausalLM.from_pretrained("a/c")
model, optimizer, *_ = booster.boost(model, HybridAdam(model.parameters()))
critic, critic_optimizer, *_ = critics.boost(critic, HybridAdam(critic.parameters()))
""")
    assert codes({"train.py": text, "run.sh": "torchrun --nproc_per_node 4 train.py\n"}) == set()
    swapped = text.replace("critics.boost", "x.boost").replace("booster.enable_lora", "critics.enable_lora")
    assert codes({"train.py": swapped, "run.sh": "torchrun --nproc_per_node 4 train.py\n"}) <= {"QP593"}


def test_a_model_without_optimizer_is_not_the_one_that_is_trained() -> None:
    text = program("""
booster = Booster(plugin=GeminiPlugin(precision="bf16"))
model = AutoModelForCausalLM.from_pretrained("a/b")
reference = AutoModelForCausalLM.from_pretrained("a/b", quantization_config=BitsAndBytesConfig(load_in_4bit=True))
model, optimizer, *_ = booster.boost(model, HybridAdam(model.parameters()))
reference, *_ = Booster(plugin=LowLevelZeroPlugin()).boost(model=reference)
""")
    run = run_of({"train.py": text})
    assert (run.value("parallel.strategy"), run.value("quantization.method")) == ("other", None)
    assert codes({"train.py": text}) == set()


def test_boosting_in_other_libraries() -> None:
    text = """
import xgboost as xgb

bst = xgb.Booster({"tree_method": "hist"})
for i in range(10):
    bst.boost(dtrain, grad, hess)
"""
    assert runs_of({"train.py": text}) == []
