"""What qp-lint reads of litgpt's commands and configurations."""

from __future__ import annotations

from tests.frameworks.linked import run_of, runs_of

CONFIG = "checkpoint_dir: checkpoints/a/b\nout_dir: out\nprecision: bf16-true\nquantize: bnb.nf4-dq\ndevices: 2\nlora_r: 8\n"


def test_a_configuration_alone_is_a_run() -> None:
    run = run_of({"qlora.yaml": CONFIG})
    assert run.value("framework") == "litgpt"
    assert run.value("tuning.method") == "lora"
    assert run.value("quantization.method") == "bitsandbytes"
    assert (run.value("quantization.bits"), run.value("quantization.type"), run.value("quantization.double")) == (4, "nf4", True)
    assert run.value("parallel.world_size") == 2


def test_the_command_line_wins_over_the_file_and_the_file_is_no_run_of_its_own() -> None:
    run = run_of({"qlora.yaml": CONFIG, "run.sh": "litgpt finetune_lora --config qlora.yaml --quantize null --devices=1\n"})
    assert run.value("quantization.method") is None
    assert run.value("parallel.processes") == "one"


def test_variables_are_unknown() -> None:
    run = run_of({"run.sh": 'litgpt finetune_lora some/model --quantize bnb.nf4 --devices $GPUS --num_nodes "$NODES"\n'})
    assert run.value("quantization.bits") == 4
    assert run.value("parallel.processes") is None
    assert run.value("model.name") == "some/model"


def test_a_file_that_is_not_in_reach_leaves_quantization_open() -> None:
    run = run_of({"run.sh": "litgpt finetune_lora --config elsewhere.yaml --devices 2\n"})
    assert "quantization.method" in run.settings
    assert run.value("quantization.method") is None


def test_other_commands_are_no_training() -> None:
    assert runs_of({"run.sh": "litgpt download meta-llama/Llama-3.1-8B\nlitgpt convert_to_litgpt x\n"}) == []
    run = run_of({"run.sh": "litgpt chat some/model --quantize bnb.nf4\n"})
    assert run.value("purpose") == "infer"
