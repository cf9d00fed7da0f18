"""What qp-lint reads of ms-swift's commands, configurations and Python entry points."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of, runs_of

BASE = "--model Qwen/Qwen2.5-7B-Instruct --dataset alpaca --torch_dtype bfloat16"


def swift(flags: str, prefix: str = "", **versions: str) -> dict[str, object]:
    run = run_of({"run.sh": f"{prefix} swift sft {BASE} {flags}\n"}, **versions)
    return {name: run.value(name) for name in run.settings}


@pytest.mark.parametrize(
    ("preset", "stage", "offload"),
    [
        ("zero1", 1, "none"),
        ("zero2", 2, "none"),
        ("zero2_offload", 2, "cpu"),
        ("zero3_offload", 3, "cpu"),
        ("default-zero3", 3, "none"),
    ],
)
def test_deepspeed_presets(preset: str, stage: int, offload: str) -> None:
    found = swift(f"--deepspeed {preset}")
    assert found["parallel.zero.stage"] == stage
    assert found["parallel.zero.offload_optimizer"] == offload
    assert found["parallel.zero.quantized_weights"] is False


def test_a_deepspeed_configuration_written_as_json() -> None:
    assert swift("""--deepspeed '{"zero_optimization": {"stage": 2}}'""")["parallel.zero.stage"] == 2


def test_the_preset_fsdp2() -> None:
    found = swift("--fsdp fsdp2", "NPROC_PER_NODE=2")
    assert found["parallel.strategy"] == "fsdp2"
    assert found["parallel.fsdp.state_dict_type"] == "SHARDED_STATE_DICT"
    assert found["parallel.fsdp.cpu_ram_efficient_loading"] is True
    assert found["parallel.compute_dtype"] == "bfloat16"


def test_an_fsdp_file_is_version_2_unless_it_says_so() -> None:
    files = {
        "fsdp.json": '{"fsdp": "full_shard auto_wrap offload", "fsdp_config": {"state_dict_type": "FULL_STATE_DICT"}}',
        "run.sh": f"NPROC_PER_NODE=2 swift sft {BASE} --fsdp fsdp.json\n",
    }
    run = run_of(files)
    assert run.value("parallel.fsdp.version") == 2
    assert run.value("parallel.fsdp.offload") is True


def test_quantization_as_the_generations_spell_it() -> None:
    new = swift("--tuner_type lora --quant_method bnb --quant_bits 4")
    assert (new["quantization.method"], new["quantization.bits"], new["quantization.storage_dtype"]) == (
        "bitsandbytes",
        4,
        "uint8",
    )
    assert (new["quantization.compute_dtype"], new["quantization.type"]) == ("bfloat16", "nf4")
    assert "quantization.method" not in swift("--train_type lora --quant_bits 4")
    assert swift("--sft_type lora --quantization_bit 8")["quantization.bits"] == 8
    assert swift("--sft_type lora --quantization_bit 3")["quantization.method"] == "hqq"
    assert "quantization.method" not in swift("--sft_type lora --quantization_bit 0")
    assert swift("--quant_method quanto --quant_bits float8")["quantization.type"] == "float8"


def test_the_defaults_are_lora_and_checkpointing() -> None:
    found = swift("")
    assert found["tuning.method"] == "lora"
    assert found["train.gradient_checkpointing"] is True
    assert found["train.precision"] == "bf16"


def test_processes_and_devices() -> None:
    one = swift("", "CUDA_VISIBLE_DEVICES=0,1")
    assert (one["launch.processes"], one["swift.devices_each"], one["model.device_map"]) == (1, 2, "auto")
    assert one["parallel.strategy"] == "naive-mp"
    both = swift("", "CUDA_VISIBLE_DEVICES=0,1,2,3 NPROC_PER_NODE=2")
    assert (both["parallel.strategy"], both["model.device_map"], both["launch.launcher"]) == ("ddp", "auto", "torchrun")
    nodes = swift("", "NNODES=2 NPROC_PER_NODE=8")
    assert nodes["parallel.world_size"] == 16
    unknown = swift("", "NPROC_PER_NODE=$GPUS")
    assert unknown["launch.launcher"] == "torchrun"
    assert unknown.get("launch.processes") is None


def test_a_file_with_its_environment_under_flags() -> None:
    files = {
        "sft.yaml": "ENV:\n  NPROC_PER_NODE: 4\nmodel: a/b\ntuner_type: lora\ndataset: [x, y]\ndeepspeed: zero3\n"
        "quant_method: bnb\nquant_bits: 4\n",
        "run.sh": "swift sft sft.yaml --deepspeed zero2 --quant_bits 8\n",
    }
    run = run_of(files)
    assert run.value("parallel.zero.stage") == 2
    assert run.value("quantization.bits") == 8
    assert run.value("launch.processes") == 4
    assert run_of({"sft.yaml": files["sft.yaml"]}).value("parallel.zero.stage") == 3


def test_scripts_under_other_launchers() -> None:
    run = run_of({"run.sh": f"torchrun --nproc_per_node 2 swift/cli/sft.py {BASE} --deepspeed zero2\n"})
    assert (run.value("launch.launcher"), run.value("launch.processes"), run.value("parallel.zero.stage")) == ("torchrun", 2, 2)
    run = run_of({"run.sh": f"python -m swift.cli.rlhf {BASE} --rlhf_type dpo\n"})
    assert (run.value("train.stage"), run.value("launch.processes")) == ("dpo", 1)


def test_python_entry_points() -> None:
    text = """
from swift import SftArguments, sft_main

sft_main(SftArguments(model="a/b", dataset=["x"], quant_method="bnb", quant_bits=4, torch_dtype="bfloat16", deepspeed="zero2"))
"""
    run = run_of({"train.py": text})
    assert (run.value("framework"), run.value("purpose"), run.value("quantization.bits")) == ("swift", "train", 4)
    assert run.value("parallel.zero.stage") == 2


def test_what_is_not_ms_swift() -> None:
    assert runs_of({"build.sh": "swift build -c release\nswift test\nswift package resolve\n"}) == []
    saved = "model: a/b\ntuner_type: lora\ndataset: [x]\nquant_bits: 4\nswift_version: 4.6.0\n"
    assert runs_of({"args.yaml": saved}) == []


def test_megatron_is_left_alone() -> None:
    files = {"run.sh": "NPROC_PER_NODE=8 megatron sft --model a/b --fp8_format hybrid --tuner_type lora --quant_bits 4\n"}
    assert run_of(files).value("parallel.strategy") == "megatron"
    assert codes(files) == set()


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ("--model a/b-GPTQ-Int4 --dataset x --deepspeed zero3", "QP200"),
        (f"{BASE} --fsdp fsdp2 --quant_method bnb --quant_bits 4", "QP212"),
        (f"{BASE} --deepspeed zero2 --quant_method bnb --quant_bits 4 --bnb_4bit_quant_storage float16", "QP215"),
        (f"{BASE} --deepspeed zero2 --quant_method bnb --quant_bits 4", None),
    ],
)
def test_general_rules_hold_for_its_trainer(flags: str, code: str | None) -> None:
    assert codes({"run.sh": f"NPROC_PER_NODE=2 swift sft {flags}\n"}) == ({code} if code else set())
