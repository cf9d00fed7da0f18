"""What a word of a command line stands over in a configuration file."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import run_of

LOADED = """\
import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

{read}
model = AutoModelForCausalLM.from_pretrained("a/b", quantization_config=BitsAndBytesConfig(load_in_4bit={value}))
Trainer(model=model, args=TrainingArguments("out"), train_dataset=[]).train()
"""
LLAMAFACTORY = (
    "model_name_or_path: a/b\nstage: sft\ndo_train: true\nfinetuning_type: lora\ntemplate: llama3\nquantization_bit: 8\n"
)
AXOLOTL = (
    "base_model: a/b\nadapter: lora\nsequence_len: 512\nmicro_batch_size: 1\ndatasets:\n  - path: d\n    type: alpaca\n"
    "load_in_8bit: false\nfsdp_config:\n  offload_params: false\n"
)
TORCHTUNE = (
    "model:\n  _component_: torchtune.models.llama3.lora_llama3_8b\ntokenizer:\n  _component_: torchtune.models.llama3.tok\n"
    "optimizer:\n  _component_: torch.optim.AdamW\ndtype: bf16\n"
)
HYDRA = """\
import hydra

@hydra.main(config_path="conf", config_name="main", version_base=None)
def main(cfg):
    {body}

main()
"""
CASES = {
    "llamafactory": (
        {"a.yaml": LLAMAFACTORY, "run.sh": "llamafactory-cli train a.yaml quantization_bit=4\n"},
        "quantization.bits",
        [((8,), "a.yaml:6")],
    ),
    "axolotl": (
        {"a.yaml": AXOLOTL, "run.sh": "axolotl train a.yaml --load-in-8bit true\n"},
        "axolotl.load_in_8bit",
        [((False,), "a.yaml:8")],
    ),
    "torchtune": (
        {"a.yaml": TORCHTUNE, "run.sh": "tune run lora_finetune_single_device --config a.yaml dtype=fp32\n"},
        "model.dtype",
        [(("bf16",), "a.yaml:7")],
    ),
    "litgpt": (
        {"a.yaml": "quantize: bnb.nf4\n", "run.sh": "litgpt finetune_lora a/b --config a.yaml --quantize bnb.fp4\n"},
        "litgpt.quantize",
        [(("bnb.nf4",), "a.yaml:1")],
    ),
    "swift": (
        {"a.yaml": "model: a/b\ndataset: d\nquant_bits: 8\nquant_method: bnb\n", "run.sh": "swift sft a.yaml --quant_bits 4\n"},
        "quantization.bits",
        [((8,), "a.yaml:3")],
    ),
    "trl": (
        {"a.yaml": "model_name_or_path: a/b\nload_in_4bit: false\n", "run.sh": "trl sft --config a.yaml --load_in_4bit true\n"},
        "quantization.bits",
        [((False,), "a.yaml:2")],
    ),
    "accelerate": (
        {
            "a.yaml": "distributed_type: MULTI_GPU\nnum_processes: 8\nmixed_precision: bf16\n",
            "train.py": LOADED.format(read="", value="True"),
            "run.sh": "accelerate launch --config_file a.yaml --num_processes 2 train.py\n",
        },
        "launch.processes",
        [((8,), "a.yaml:2")],
    ),
    "hydra": (
        {
            "conf/main.yaml": "defaults:\n  - quant: eight\n  - _self_\nquant:\n  bf16: false\n",
            "conf/quant/eight.yaml": "bf16: 0\n",
            "train.py": HYDRA.format(
                body=LOADED.format(read="", value="True").replace('"out"', '"out", bf16=cfg.quant.bf16').replace("\n", "\n    ")
            ),
            "run.sh": "python train.py quant.bf16=true\n",
        },
        "train.precision",
        [((False,), "conf/main.yaml:5"), ((0,), "conf/quant/eight.yaml:1")],
    ),
    "omegaconf": (
        {
            "a.yaml": "bf16: false\n",
            "train.py": LOADED.format(
                read='from omegaconf import OmegaConf\ncfg = OmegaConf.merge(OmegaConf.load("a.yaml"), OmegaConf.from_cli())',
                value="True",
            ).replace('"out"', '"out", bf16=cfg.bf16'),
            "run.sh": "python train.py bf16=true\n",
        },
        "train.precision",
        [((False,), "a.yaml:1")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_word_over_a_file(name: str) -> None:
    files, setting, expected = CASES[name]
    run = run_of(files)
    found = run.overrides(run.settings[setting])
    assert [(old.values, old.spans[0].where()) for old in found] == expected
