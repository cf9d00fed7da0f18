"""What qp-lint reads of SimpleTuner, NeMo Automodel, XTuner and Megatron-LM."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of, runs_of

FLUX = '{"model_family": "flux", "model_type": "lora", "data_backend_config": "b.json", "base_model_precision": "%s"}\n'
QLORA = """\
recipe: TrainFinetuneRecipeForNextTokenPrediction
model:
  _target_: nemo_automodel.NeMoAutoModelForCausalLM.from_pretrained
  pretrained_model_name_or_path: meta-llama/Llama-3.1-8B
peft: {_target_: nemo_automodel.components._peft.lora.PeftConfig, dim: 16}
distributed: {strategy: fsdp2, tp_size: 1}
quantization: {load_in_4bit: true}
"""


@pytest.mark.parametrize(
    ("precision", "method", "bits"),
    [("int8-quanto", "quanto", 8), ("nf4-bnb", "bitsandbytes", 4), ("int8-torchao", "torchao", 8), ("no_change", None, None)],
)
def test_precisions_of_simpletuner(precision: str, method: str | None, bits: int | None) -> None:
    run = run_of({"config/config.json": FLUX % precision})
    assert (run.value("framework"), run.value("tuning.method")) == ("simpletuner", "lora")
    assert (run.value("quantization.method"), run.value("quantization.bits")) == (method, bits)


def test_simpletuner_takes_the_configuration_of_its_environment() -> None:
    files = {"config/config.json": FLUX % "no_change", "config/q/config.json": FLUX % "int8-quanto"}
    run = next(iter(runs_of({**files, "run.sh": "simpletuner train env=q --fsdp_enable true\n"})))
    assert (run.value("quantization.method"), run.value("parallel.fsdp.version")) == ("quanto", 2)
    run = next(iter(runs_of({**files, "run.sh": "ENV=q simpletuner train\n"})))
    assert run.value("quantization.method") == "quanto"


def test_four_bits_of_automodel_are_stored_in_bfloat16() -> None:
    run = run_of({"qlora.yaml": QLORA, "run.sh": "automodel qlora.yaml --nproc-per-node 8\n"})
    assert (run.value("framework"), run.value("parallel.strategy"), run.value("launch.processes")) == ("automodel", "fsdp2", 8)
    assert (run.value("quantization.bits"), run.value("quantization.storage_dtype")) == (4, "bfloat16")
    assert run.value("tuning.method") == "lora"
    assert codes({"qlora.yaml": QLORA}) == set()


def test_flags_of_automodel_reach_into_the_recipe() -> None:
    command = "torchrun --nproc-per-node 2 -m nemo_automodel.cli.app qlora.yaml --peft.use_dora true\n"
    assert codes({"qlora.yaml": QLORA, "run.sh": command}) == {"QP561"}
    old = "automodel finetune llm -c qlora.yaml --quantization.load_in_4bit false\n"
    assert run_of({"qlora.yaml": QLORA, "run.sh": old}).value("quantization.method") is None


def test_xtuner_repairs_what_its_configuration_says() -> None:
    config = (
        "import torch\nfrom mmengine.config import read_base\n"
        "from transformers import AutoModelForCausalLM, BitsAndBytesConfig\nfrom xtuner.model import SupervisedFinetune\n\n"
        "model = dict(\n    type=SupervisedFinetune,\n    llm=dict(\n        type=AutoModelForCausalLM.from_pretrained,\n"
        "        pretrained_model_name_or_path='internlm/internlm2-7b',\n        torch_dtype=torch.float16,\n"
        "        quantization_config=dict(type=BitsAndBytesConfig, load_in_4bit=True)))\n"
    )
    files = {"qlora.py": config, "run.sh": "NPROC_PER_NODE=8 xtuner train qlora.py --deepspeed deepspeed_zero3\n"}
    run = run_of(files)
    assert (run.value("framework"), run.value("parallel.strategy"), run.value("launch.processes")) == ("xtuner", "zero3", 8)
    assert codes(files) == set()
    assert runs_of({"run.sh": "xtuner convert pth_to_hf a b c\nxtuner list-cfg\n"}) == []


MEGATRON = """\
#!/bin/bash
export CUDA_DEVICE_MAX_CONNECTIONS=1
DISTRIBUTED_ARGS=(
    --nproc_per_node 8
    --nnodes 2
)
MODEL_ARGS=(
    --use-mcore-models
    --num-layers 32
    --hidden-size 4096
    --num-attention-heads 32
    --seq-length 8192
)
PARALLEL_ARGS=(
    --tensor-model-parallel-size 2
    --pipeline-model-parallel-size 4
    --use-distributed-optimizer
)
FP8_ARGS=(
    "--fp8-format hybrid"
    "--fp8-param-gather"
)
torchrun ${DISTRIBUTED_ARGS[@]} pretrain_gpt.py \\
    ${MODEL_ARGS[@]} ${PARALLEL_ARGS[@]} ${FP8_ARGS[@]} --micro-batch-size 1 --bf16
"""


def test_arguments_of_megatron_stand_in_arrays() -> None:
    run = run_of({"train.sh": MEGATRON})
    assert (run.value("framework"), run.value("parallel.strategy"), run.value("launch.processes")) == ("megatron", "megatron", 8)
    assert (run.value("parallel.tp.size"), run.value("parallel.pp.size")) == (2, 4)
    assert (run.value("megatron.fp8_format"), run.value("megatron.fp8_param_gather")) == ("hybrid", True)
    assert codes({"train.sh": MEGATRON}) == set()
    assert codes({"train.sh": MEGATRON.replace("    --use-distributed-optimizer\n", "")}) == {"QP590"}
    assert codes({"train.sh": MEGATRON.replace("--use-distributed-optimizer", "--use-torch-fsdp2")}) == {"QP592"}


def test_megatron_under_deepspeed_and_other_scripts_are_not_megatron() -> None:
    flags = "--num-layers 2 --hidden-size 64 --seq-length 128 --fp8-param-gather"
    files = {"run.sh": f"deepspeed pretrain_gpt.py {flags} --deepspeed --deepspeed_config ds.json\n", "ds.json": "{}"}
    assert "megatron" not in {run.value("framework") for run in runs_of(files)}
    assert "megatron" not in {run.value("framework") for run in runs_of({"run.sh": f"torchrun train.py {flags}\n"})}
