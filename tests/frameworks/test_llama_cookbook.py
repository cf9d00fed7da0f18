"""What qp-lint reads of llama-cookbook's flags."""

from __future__ import annotations

from tests.frameworks.linked import codes, run_of, runs_of

TORCHRUN = "torchrun --nnodes 1 --nproc_per_node 4"


def test_four_bits_under_fsdp_are_stored_in_the_compute_dtype() -> None:
    flags = "--enable_fsdp --use_peft --quantization 4bit --model_name a/b"
    run = run_of({"run.sh": f"{TORCHRUN} finetuning.py {flags}\n"})
    wanted = {"method": "bitsandbytes", "bits": 4, "storage_dtype": "bfloat16", "compute_dtype": "bfloat16", "type": "fp4"}
    assert {name: run.value(f"quantization.{name}") for name in wanted} == wanted
    assert (run.value("parallel.strategy"), run.value("tuning.method"), run.value("launch.processes")) == ("fsdp1", "lora", 4)
    assert codes({"run.sh": f"{TORCHRUN} finetuning.py {flags}\n"}) == set()


def test_a_flag_of_one_class_has_its_name_in_front() -> None:
    flags = "--enable_fsdp --use_peft --quantization 4bit --quantization_config.quant_type nf4 --model_name a/b"
    assert run_of({"run.sh": f"{TORCHRUN} finetuning.py {flags}\n"}).value("quantization.type") == "nf4"


def test_float16_beside_bfloat16_storage_cannot_be_flattened() -> None:
    flags = "--enable_fsdp --use_peft --quantization 4bit --use_fp16 --model_name a/b"
    assert "QP211" in codes({"run.sh": f"{TORCHRUN} finetuning.py {flags}\n"})


def test_without_fsdp_a_quantized_model_is_spread_over_the_gpus() -> None:
    run = run_of({"run.sh": "python -m llama_recipes.finetuning --use_peft --quantization --model_name a/b\n"})
    assert (run.value("quantization.bits"), run.value("model.device_map"), run.value("parallel.processes")) == (8, "auto", "one")


def test_a_script_of_the_project_counts_when_it_imports_the_package() -> None:
    command = {"run.sh": "python finetuning.py --use_peft --model_name a/b\n"}
    mine = {"finetuning.py": "import fire\nfrom llama_cookbook.finetuning import main\n\nfire.Fire(main)\n"}
    assert run_of({**command, **mine}).value("framework") == "llama-cookbook"
    other = {"finetuning.py": "import argparse\n"}
    assert all(run.value("framework") != "llama-cookbook" for run in runs_of({**command, **other}))
    assert all(run.value("framework") != "llama-cookbook" for run in runs_of({"run.sh": "python finetuning.py --lr 1\n"}))


def test_flags_behind_a_variable_leave_things_open() -> None:
    assert codes({"run.sh": f'{TORCHRUN} finetuning.py --use_peft --quantization 8bit "$@"\n'}) == set()
