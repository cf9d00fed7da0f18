"""What qp-lint reads of torchtune's launches and configurations."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of, runs_of

CONFIG = """
output_dir: out
model:
  _component_: torchtune.models.llama3_3.qlora_llama3_3_70b
  lora_rank: 16
tokenizer:
  _component_: torchtune.models.llama3.llama3_tokenizer
checkpointer:
  _component_: torchtune.training.FullModelHFCheckpointer
  checkpoint_dir: /models/Llama-3.3-70B-Instruct
  output_dir: ${output_dir}
optimizer:
  _component_: torch.optim.AdamW
  fused: True
dtype: bf16
fsdp_cpu_offload: False
"""
DISTRIBUTED = "tune run --nnodes 1 --nproc_per_node 8 lora_finetune_distributed --config qlora.yaml"


def test_distributed_qlora_is_nf4_under_fsdp2_and_sound() -> None:
    files = {"qlora.yaml": CONFIG, "run.sh": f"{DISTRIBUTED} model.lora_rank=32\n"}
    run = run_of(files)
    assert (run.value("quantization.method"), run.value("parallel.strategy")) == ("nf4", "fsdp2")
    assert (run.value("tuning.method"), run.value("model.dtype"), run.value("parallel.world_size")) == ("lora", "bfloat16", 8)
    assert codes(files) == set()


@pytest.mark.parametrize(
    "config",
    [
        *("llama2/7B_qlora", "llama2/70B_qlora", "llama3_1/405B_qlora", "llama3_2_vision/11B_qlora", "llama3_2_vision/90B_qlora"),
        "llama3_3/70B_qlora",
    ],
)
def test_torchtunes_own_distributed_qlora_configurations_are_sound(config: str) -> None:
    files = {"run.sh": f"tune run --nproc_per_node 8 lora_finetune_distributed --config {config}\n"}
    assert run_of(files).value("quantization.method") == "nf4"
    assert codes(files) == set()


@pytest.mark.parametrize("config", ["llama2/7B_qat_full", "llama3_1/8B_qat_full", "llama3_2/3B_qat_full"])
def test_torchtunes_own_qat_configurations_are_sound(config: str) -> None:
    assert codes({"run.sh": f"tune run --nproc_per_node 8 qat_distributed --config {config}\n"}) == set()


def test_overrides_change_values_and_components() -> None:
    command = f"{DISTRIBUTED} model=torchtune.models.llama3_3.lora_llama3_3_70b dtype=fp32 ~fsdp_cpu_offload\n"
    run = run_of({"qlora.yaml": CONFIG, "run.sh": command})
    assert run.value("quantization.method") is None
    assert run.value("model.dtype") == "float32"
    run = run_of({"qlora.yaml": CONFIG, "run.sh": f"{DISTRIBUTED} optimizer._component_=bitsandbytes.optim.AdamW8bit\n"})
    assert run.value("torchtune.bitsandbytes_optimizer") is True


def test_a_configuration_alone_is_a_run_without_a_launch() -> None:
    run = run_of({"qlora.yaml": CONFIG})
    assert (run.value("quantization.method"), run.value("tuning.method")) == ("nf4", "lora")
    assert run.value("parallel.strategy") is None


def test_options_in_front_of_the_recipe_start_torchrun() -> None:
    assert run_of({"run.sh": "tune run lora_finetune_single_device --config x.yaml\n"}).value("launch.processes") == 1
    run = run_of({"run.sh": "tune run --nproc_per_node $N lora_finetune_distributed --config x.yaml\n"})
    assert run.value("launch.launcher") == "torchrun"
    assert run.value("launch.processes") is None


def test_recipes_as_scripts_and_other_commands() -> None:
    command = "torchrun --nproc_per_node 2 recipes/full_finetune_distributed.py --config full.yaml\n"
    run = run_of({"run.sh": command})
    assert (run.value("torchtune.kind"), run.value("parallel.strategy")) == ("full_finetune", "fsdp2")
    assert runs_of({"run.sh": "tune download a/b\ntune ls\ntune run quantize --config quantization\n"}) == []
    assert runs_of({"other.yaml": "model:\n  _component_: mine.Model\noptimizer:\n  _component_: torch.optim.SGD\n"}) == []
