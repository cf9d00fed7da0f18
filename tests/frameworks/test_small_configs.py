"""What qp-lint reads of frameworks with a configuration file or a script of their own: LMFlow, H2O LLM Studio, AutoTrain."""

from __future__ import annotations

from tests.frameworks.linked import codes, run_of, runs_of

H2O = """\
architecture:
    backbone_dtype: int4
    pretrained: true
environment:
    deepspeed_method: ZeRO3
    gpus: ['0', '1', '2', '3']
    mixed_precision: true
    mixed_precision_dtype: bfloat16
    use_deepspeed: true
llm_backbone: h2oai/h2o-danube3-500m-chat
problem_type: text_causal_language_modeling
training:
    lora: true
"""
AUTOTRAIN = """\
task: llm-dpo
base_model: meta-llama/Llama-3.1-8B
project_name: p
backend: local
params:
  peft: true
  mixed_precision: bf16
  distributed_backend: deepspeed
"""


def test_lmflow_stores_four_bits_in_bfloat16() -> None:
    command = (
        "accelerate launch --use_fsdp --fsdp_auto_wrap_policy TRANSFORMER_BASED_WRAP --num_processes 4 examples/finetune.py "
        "--model_name_or_path a/b --dataset_path data --conversation_template llama3 --use_qlora 1 --quant_bit 4 --bf16\n"
    )
    run = run_of({"run.sh": command})
    assert (run.value("framework"), run.value("parallel.strategy"), run.value("tuning.method")) == ("lmflow", "fsdp1", "lora")
    assert (run.value("quantization.bits"), run.value("quantization.storage_dtype")) == (4, "bfloat16")
    assert run.value("train.precision") == "bf16"


def test_lmflows_bfloat16_storage_meets_fp16() -> None:
    command = "deepspeed --num_gpus 4 examples/finetune.py --deepspeed ds.json --use_qlora 1 --dataset_path d --quant_bit 4"
    config = {"ds.json": '{"%s": {"enabled": true}, "zero_optimization": {"stage": 3}}'}
    for precision, found in (("fp16", {"QP215"}), ("bf16", set[str]())):
        files = {name: text % precision for name, text in config.items()}
        assert codes({**files, "run.sh": f"{command} --torch_dtype float16 --{precision}\n"}) == found
        command = command.replace("float16", "bfloat16")


def test_a_script_of_the_project_is_lmflows_only_if_it_imports_it() -> None:
    command = "python examples/finetune.py --model_name_or_path a/b --use_qlora 1 --quant_bit 8 --dataset_path data\n"
    own = "import argparse\nargparse.ArgumentParser().parse_args()\n"
    theirs = "from lmflow.args import ModelArguments\nfrom transformers import HfArgumentParser\n"
    assert runs_of({"run.sh": command, "examples/finetune.py": own}) == []
    assert run_of({"run.sh": command, "examples/finetune.py": theirs}).value("quantization.bits") == 8


def test_h2o_llm_studio() -> None:
    run = run_of({"e.yaml": H2O, "run.sh": "torchrun --nproc_per_node=4 llm_studio/train.py -Y e.yaml\n"})
    assert (run.value("framework"), run.value("parallel.strategy"), run.value("launch.processes")) == (
        "h2o-llmstudio",
        "zero3",
        4,
    )
    assert (run.value("quantization.bits"), run.value("tuning.method")) == (4, "lora")
    assert codes({"e.yaml": H2O}) == {"QP541"}
    assert run_of({"e.yaml": H2O, "run.sh": "./distributed_train.sh 4 -Y e.yaml\n"}).value("parallel.world_size") in (4, None)


def test_autotrain() -> None:
    run = run_of({"c.yml": AUTOTRAIN, "run.sh": "autotrain --config c.yml\n"})
    assert (run.value("framework"), run.value("train.stage"), run.value("parallel.strategy")) == ("autotrain", "dpo", "zero3")
    assert (run.value("quantization.bits"), run.value("tuning.method")) == (4, "lora")  # int4 is the default with peft
    assert codes({"c.yml": AUTOTRAIN}) == set()


def test_autotrains_other_commands_are_no_run() -> None:
    assert runs_of({"run.sh": "autotrain app --port 8080\nautotrain text-classification --train --model a/b\n"}) == []
    run = run_of({"run.sh": "autotrain llm --train --model a/b --use-peft --use-int8 --distributed-backend ddp\n"})
    assert (run.value("quantization.bits"), run.value("tuning.method")) == (8, "lora")
