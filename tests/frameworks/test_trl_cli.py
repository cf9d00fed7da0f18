"""What qp-lint reads of TRL's command line, its recipes, and the launch options among its flags."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of, runs_of

RECIPE = """\
model_name_or_path: Qwen/Qwen2.5-7B
torch_dtype: bfloat16
use_peft: true
load_in_4bit: true
dataset_name: trl-lib/Capybara
bf16: true
output_dir: out
"""


def test_flags_win_over_the_recipe_and_the_recipe_over_defaults() -> None:
    run = run_of({"r.yaml": RECIPE, "run.sh": "trl sft --config r.yaml --load_in_4bit false --load_in_8bit\n"}, trl="0.24.0")
    assert run.value("framework") == "trl"
    assert run.value("train.stage") == "sft"
    assert (run.value("quantization.bits"), run.value("tuning.method")) == (8, "lora")
    run = run_of({"r.yaml": RECIPE, "run.sh": "trl sft --config r.yaml --load_in_4bit=false\n"})
    assert "quantization.method" not in run.settings


@pytest.mark.parametrize(
    ("version", "stored"), [("0.9.6", "uint8"), ("0.10.1", "bfloat16"), ("0.25.1", "bfloat16"), ("0.26.2", "uint8")]
)
def test_weights_are_stored_in_the_data_type_of_the_model_from_010_to_025(version: str, stored: str) -> None:
    run = run_of({"r.yaml": RECIPE, "run.sh": "trl sft --config r.yaml\n"}, trl=version)
    assert run.value("quantization.storage_dtype") == stored
    assert (run.value("quantization.type"), run.value("quantization.compute_dtype")) == ("nf4", "bfloat16")
    script = (
        "from trl import ModelConfig, SFTConfig, SFTTrainer, TrlParser, get_peft_config, get_quantization_config\n"
        "from transformers import AutoModelForCausalLM\n"
        "args, model_args = TrlParser((SFTConfig, ModelConfig)).parse_args_and_config()\n"
        "model = AutoModelForCausalLM.from_pretrained(\n"
        "    model_args.model_name_or_path, quantization_config=get_quantization_config(model_args))\n"
        "SFTTrainer(model=model, args=args, peft_config=get_peft_config(model_args)).train()\n"
    )
    run = run_of({"r.yaml": RECIPE, "train.py": script, "run.sh": "python train.py --config r.yaml\n"}, trl=version)
    assert run.value("quantization.storage_dtype") == stored


@pytest.mark.parametrize(
    ("name", "strategy"),
    [("zero1", "zero1"), ("zero3", "zero3"), ("fsdp1", "fsdp1"), ("fsdp2", "fsdp2"), ("multi_gpu", "ddp")],
)
def test_the_configurations_that_trl_ships(name: str, strategy: str) -> None:
    run = run_of({"r.yaml": RECIPE, "run.sh": f"trl sft --config r.yaml --accelerate_config {name} --num_processes 4\n"})
    assert run.value("parallel.strategy") == strategy
    assert run.value("parallel.world_size") == 4


def test_a_launch_configuration_of_the_project_and_launch_options_in_the_recipe() -> None:
    files = {
        "r.yaml": RECIPE + "accelerate_config: z2.yaml\nnum_processes: 2\n",
        "z2.yaml": "compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\ndeepspeed_config: {zero_stage: 2}\n",
        "run.sh": "trl dpo --config r.yaml\n",
    }
    assert run_of(files, trl="1.9.0").value("parallel.strategy") == "zero2"
    old = next(run for run in runs_of(files, trl="0.24.0") if run.value("framework") == "trl")  # hands nothing on
    assert old.value("parallel.strategy") is None
    assert old.value("model.device_map") == "per-rank"


def test_a_sharded_4bit_model_in_the_default_storage_is_found() -> None:
    command = "trl sft --config r.yaml --accelerate_config fsdp1\n"
    assert "QP210" in codes({"r.yaml": RECIPE, "run.sh": command})
    assert "QP210" not in codes({"r.yaml": RECIPE + "bnb_4bit_quant_storage: bfloat16\n", "run.sh": command})
    assert "QP210" not in codes({"r.yaml": RECIPE, "run.sh": command}, trl="0.24.0")


def test_without_an_adapter_everything_is_trained() -> None:
    run = run_of({"run.sh": "trl sft --model_name_or_path a/b --output_dir out\n"})
    assert run.value("tuning.method") == "full"
    assert (run.value("model.dtype"), run.value("train.precision")) == ("float32", "bf16")
    assert run_of({"run.sh": "trl sft --config elsewhere.yaml\n"}).value("tuning.method") is None


def test_scripts_under_other_launchers() -> None:
    run = run_of({"r.yaml": RECIPE, "run.sh": "torchrun --nproc_per_node 2 -m trl.scripts.sft --config r.yaml\n"})
    assert (run.value("parallel.strategy"), run.value("quantization.bits")) == ("ddp", 4)
    run = run_of({"run.sh": "accelerate launch --num_processes 2 /opt/trl/scripts/dpo.py --model_name_or_path a/b\n"})
    assert (run.value("train.stage"), run.value("parallel.strategy")) == ("dpo", "ddp")


def test_other_commands_and_unknown_words_are_no_training() -> None:
    assert runs_of({"run.sh": "trl chat --model_name_or_path a/b --load_in_4bit\ntrl env\ntrl vllm-serve --model a/b\n"}) == []
    run = run_of({"run.sh": 'trl sft --config "$RECIPE" --load_in_4bit\n'})
    assert (run.value("quantization.bits"), run.value("tuning.method")) == (4, None)
