"""What qp-lint reads out of Axolotl's configurations and launch commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.frameworks.axolotl_runs import BASE, alone, codes, one, runs

from qp_lint.frameworks.axolotl import FRAMEWORK
from qp_lint.frameworks.axolotl.keys import fsdp_problem, problem
from qp_lint.frameworks.axolotl.mesh import Sizes
from qp_lint.frameworks.axolotl.mesh import problem as mesh_problem
from qp_lint.judge import judge
from qp_lint.link import link
from qp_lint.project import Project
from qp_lint.rules.load import load_rules
from qp_lint.tree import Mapping
from qp_lint.versions import Admitted, Versions


def recognised(text: str) -> bool:
    tree = Project(Path("/nowhere"), ("x.yaml",), overlay={"x.yaml": text}).data("x.yaml")
    assert isinstance(tree, Mapping)
    assert FRAMEWORK.config is not None
    return FRAMEWORK.config.recognise(tree)


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        "base_model: base\npretraining_dataset:\n  - path: c4\nsequence_len: 2048\nmicro_batch_size: 1\nmax_steps: 10",
        "base_model: base\nrl: dpo\ndatasets: []\nmicro_batch_size: 1",
    ],
)
def test_its_configurations_are_recognised(text: str) -> None:
    assert recognised(text)


@pytest.mark.parametrize(
    "text",
    [
        "base_model: a\nmodels:\n  - model: b\nmerge_method: ties\ndtype: bfloat16\nparameters: {density: 0.5}",  # mergekit
        "base_model: a\nslices:\n  - sources: []\nmerge_method: slerp\ndatasets: []\nadapter: x\nlora_r: 1",  # mergekit
        "base_model: a\nmodel_type: llm\ninput_features: []\nadapter: {type: lora}\nquantization: {bits: 4}",  # Ludwig
        "base_model: a\ntask: llm-sft\nproject_name: b\nparams: {block_size: 1024, peft: true}\ndata: {path: c}",  # AutoTrain
        "base_model: a\nload_in_4bit: true\nlora_r: 16\nmicro_batch_size: 4\nval_set_size: 0.1",  # a script's own: no data
        "model_name_or_path: a\nstage: sft\ndataset: b\ntemplate: llama3\nfinetuning_type: lora",  # LLaMA-Factory
        "base_model: a\nlicense: mit\ndatasets: [b]\nlanguage: en",  # a model card
    ],
)
def test_configurations_of_others_are_left_alone(text: str) -> None:
    assert not recognised(text)


@pytest.mark.parametrize(
    ("command", "launcher", "processes"),
    [
        ("axolotl train train.yml", "accelerate", None),
        ("python -m axolotl.cli.main train train.yml", "accelerate", None),
        ("axolotl train train.yml --num-processes 4", "accelerate", 4),
        ("axolotl train train.yml --num_processes 4 --main_process_port 29501", "accelerate", 4),
        ("axolotl train train.yml --launcher accelerate -- --num_processes 2", "accelerate", 2),
        ("axolotl train train.yml --launcher torchrun -- --nproc_per_node=8 --nnodes=2", "torchrun", 16),
        ("axolotl train train.yml --launcher python", "python", None),
        ("axolotl train --learning-rate 1e-4 train.yml --launcher=python", "python", None),
        ("uv run axolotl train train.yml", "accelerate", None),
        ("accelerate launch -m axolotl.cli.train train.yml", "accelerate", None),
        ("accelerate launch --num_processes 8 -m axolotl.cli.train train.yml --debug", "accelerate", 8),
        ("torchrun --nproc_per_node 4 -m axolotl.cli.train train.yml", "torchrun", 4),
        ("python -m axolotl.cli.train train.yml", "python", None),
        ("accelerate launch /opt/axolotl/scripts/finetune.py train.yml", "accelerate", None),
        ("accelerate launch scripts/finetune.py train.yml", "accelerate", None),
    ],
)
def test_ways_to_launch(command: str, launcher: str, processes: int | None) -> None:
    run = one(command, "adapter: qlora\nload_in_4bit: true\n")
    assert run.value("framework") == "axolotl"
    assert run.value("purpose") == "train"
    assert run.value("launch.launcher") == launcher
    assert run.value("parallel.world_size") == processes
    assert run.value("quantization.bits") == 4
    assert run.files[:2] == ("run.sh", "train.yml")


@pytest.mark.parametrize("command", ["preprocess train.yml", "inference train.yml", "merge-lora train.yml", "fetch examples", ""])
def test_other_commands_leave_the_file_to_be_judged_as_a_training(command: str) -> None:
    run = one(f"axolotl {command}", "adapter: lora\n")
    assert run.files == ("train.yml",)
    assert run.value("purpose") == "train"


def test_quantize_is_a_run_of_its_own_beside_the_training() -> None:
    config = "qat:\n  weight_dtype: int4\n  activation_dtype: int8\nquantization:\n  weight_dtype: int4\n"
    quantized, trained = runs({"run.sh": "axolotl quantize train.yml\n", "train.yml": BASE + config})
    assert (quantized.value("purpose"), trained.value("purpose")) == ("quantize", "train")
    assert codes(quantized) == {"QP440"}
    assert codes(trained) == set()


def test_a_folder_with_one_configuration() -> None:
    (run,) = runs({"run.sh": "axolotl train configs/\n", "configs/only.yml": BASE + "adapter: lora\n"})
    assert run.files == ("run.sh", "configs/only.yml")
    assert run.value("tuning.method") == "lora"


def test_a_folder_with_several_decides_nothing() -> None:
    files = {"run.sh": "axolotl train configs\n", "configs/a.yml": BASE, "configs/b.yml": BASE + "adapter: lora\n"}
    launched = next(run for run in runs(files) if "run.sh" in run.files)
    assert not launched.settings["tuning.method"].known


@pytest.mark.parametrize("name", ["https://example.com/train.yml", "elsewhere/train.yml", "$CONFIG"])
def test_a_configuration_that_is_not_in_reach_decides_nothing(name: str) -> None:
    launched = next(run for run in runs({"run.sh": f"axolotl train {name} --load-in-4bit\n"}) if "run.sh" in run.files)
    assert launched.value("framework") == "axolotl"
    assert codes(launched) == set()


def test_options_of_the_command_line() -> None:
    run = one(
        "axolotl train train.yml --load-in-8bit --no-load-in-4bit --adapter=lora --fsdp-config.offload-params --deepspeed None",
        "adapter: qlora\nload_in_4bit: true\ndeepspeed: zero2.json\nfsdp_config:\n  reshard_after_forward: true\n",
    )
    assert run.value("quantization.bits") == 8
    assert run.value("parallel.fsdp.offload") is True
    assert run.value("parallel.strategy") == "fsdp2"
    place = run.settings["axolotl.adapter"].spans[0]
    assert (place.source.path, place.text) == ("run.sh", "lora")
    assert run.overrides(run.settings["axolotl.adapter"])[0].value == "qlora"
    assert codes(run) == set()


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        ("--load_in_8bit=true", "load_in_8bit", True),
        ("--load-in-8bit yes", "load_in_8bit", True),
        ("--load_in_8bit", "load_in_8bit", True),
        ("--noload_in_8bit", "load_in_8bit", False),
        ("--load_in_4bit=0", "load_in_4bit", False),
        ("--adapter=None", "adapter", None),
        ("--adapter null", "adapter", "null"),  # the file has a text there: the word stays a word
        ("--optimizer=null", "optimizer", None),
        ("--micro_batch_size=8", "micro_batch_size", 8),
        ("--fsdp_config__offload_params=true", "fsdp_config.offload_params", True),
    ],
)
def test_words_become_what_load_cfg_makes_of_them(words: str, key: str, value: object) -> None:
    run = one(f"python -m axolotl.cli.train train.yml {words}", "adapter: lora\nload_in_4bit: true\n")
    assert run.value(f"axolotl.{key}") == value


def test_strict_keeps_new_keys_out() -> None:
    run = one("axolotl train train.yml --load-in-8bit --lora-r 4", "adapter: lora\nlora_r: 8\nstrict: true\n")
    assert run.value("axolotl.lora_r") == 4
    assert "axolotl.load_in_8bit" not in run.settings
    assert codes(run) == {"QP453"}


def test_a_sweep_is_any_of_its_values() -> None:
    sweep = "load_in_4bit: [true, false]\n_:\n  - {adapter: lora, lora_r: 8}\n  - {adapter: qlora}\n"
    run = one(
        "axolotl train train.yml --sweep sweep.yml", "adapter: qlora\nload_in_4bit: true\nlora_r: 16\n", **{"sweep.yml": sweep}
    )
    assert set(run.settings["axolotl.adapter"].values) == {"lora", "qlora"}
    assert set(run.settings["axolotl.lora_r"].values) == {8, 16}
    assert all(not finding.certain for finding in judge([run], load_rules()))


@pytest.mark.parametrize(
    ("config", "version", "expected"),
    [
        ("fsdp_config:\n  offload_params: true\n", "0.21.0", "fsdp2"),
        ("fsdp_config:\n  offload_params: true\n", "0.20.0", "fsdp2"),
        ("fsdp_config:\n  offload_params: true\n", "0.19.0", "fsdp1"),
        ("fsdp_config:\n  fsdp_version: 2\n", "0.19.0", "fsdp2"),
        ("fsdp_version: 2\nfsdp_config:\n  offload_params: true\n", "0.18.0", "fsdp2"),
        ("fsdp: [full_shard]\nfsdp_config:\n  fsdp_offload_params: true\n", "0.18.0", "fsdp1"),
        ("fsdp:\nfsdp_config:\ndeepspeed:\n", "0.21.0", None),
        ("deepspeed: deepspeed_configs/zero1.json\n", "0.21.0", "zero1"),
        ("deepspeed: /workspace/axolotl/deepspeed_configs/zero3_bf16_cpuoffload_all.json\n", "0.21.0", "zero3"),
        ("deepspeed:\n  zero_optimization:\n    stage: 2\n", "0.21.0", "zero2"),
        ("deepspeed: my_zero3.json\n", "0.21.0", None),
        ("tensor_parallel_size: 2\n", "0.21.0", "tp"),
    ],
)
def test_strategies_by_version(config: str, version: str, expected: str | None) -> None:
    assert alone(config, version).value("parallel.strategy") == expected


def test_a_file_of_the_project_wins_over_the_one_that_is_shipped() -> None:
    files = {"train.yml": BASE + "deepspeed: deepspeed_configs/zero3.json\n"}
    files["deepspeed_configs/zero3.json"] = '{"zero_optimization": {"stage": 2}}'
    (run,) = runs(files)
    assert run.value("parallel.strategy") == "zero2"


def test_a_release_that_is_not_pinned_down_decides_nothing() -> None:
    files = {"train.yml": BASE + "fsdp_config:\n  offload_params: true\n"}
    project = Project(Path("/nowhere"), tuple(files), overlay=files)
    (run,) = link(project, lambda path: Versions({"axolotl": Admitted(">=0.18", "test")}))
    assert set(run.settings["parallel.fsdp.version"].values) == {1, 2}


@pytest.mark.parametrize(
    ("config", "method", "bits", "origin"),
    [
        ("adapter: qlora\nload_in_4bit: true\n", "bitsandbytes", 4, "on-load"),
        ("adapter: qlora\nload_in_4bit: true\nnf4_backend: torchao\n", "nf4", 4, "on-load"),
        ("adapter: lora\nload_in_8bit: true\n", "bitsandbytes", 8, "on-load"),
        ("adapter: lora\nload_in_8bit: true\nload_in_4bit: true\n", "bitsandbytes", 8, "on-load"),
        ("adapter: lora\nload_in_4bit: true\n", None, None, None),
        ("adapter: lora\n", None, None, None),
        ("load_in_8bit: false\n", None, None, None),
    ],
)
def test_what_the_loader_quantizes(config: str, method: str | None, bits: int | None, origin: str | None) -> None:
    run = alone(config)
    found = [run.value(f"quantization.{name}") for name in ("method", "bits", "origin")]
    assert found == [method, bits, origin]


def test_four_bits_are_stored_in_bfloat16_where_they_are_sharded() -> None:
    sharded = alone("adapter: qlora\nload_in_4bit: true\nfsdp_config:\n  offload_params: true\n")
    assert sharded.value("quantization.storage_dtype") == "bfloat16"
    assert sharded.value("tuning.kbit_prepared") is False
    other = alone("adapter: qlora\nload_in_4bit: true\nbnb_config_kwargs:\n  bnb_4bit_quant_storage: uint8\n")
    assert other.value("quantization.storage_dtype") == "uint8"
    assert other.value("tuning.kbit_prepared") is True


def test_a_stored_quantization_wins_over_the_switches() -> None:
    run = alone("adapter: lora\nload_in_4bit: true\n", base=BASE.replace("meta-llama/Llama-3.1-8B", "TheBloke/Llama-2-7B-GPTQ"))
    assert (run.value("quantization.method"), run.value("quantization.origin")) == ("gptq", "checkpoint")


@pytest.mark.parametrize(
    ("command", "device_map"),
    [
        ("axolotl train train.yml --launcher python", "auto"),
        ("axolotl train train.yml --num-processes 1", "auto"),
        ("axolotl train train.yml --num-processes 4", "per-rank"),
        ("axolotl train train.yml", None),
    ],
)
def test_placement(command: str, device_map: str | None) -> None:
    assert one(command).value("model.device_map") == device_map


@pytest.mark.parametrize(
    ("world", "sizes", "fsdp", "expected"),
    [
        (8, Sizes(), False, None),
        (8, Sizes(shard=8), True, None),
        (8, Sizes(shard=4), True, None),
        (8, Sizes(shard=4), False, "shard-without-fsdp"),
        (6, Sizes(shard=4), True, "product"),
        (16, Sizes(tp=2, shard=4, replicate=2), True, None),
        (8, Sizes(tp=2, cp=2, shard=2), True, None),
        (8, Sizes(cp=8), True, None),
        (8, Sizes(tp=3, shard=2), True, "product"),
        (8, Sizes(tp=2, replicate=4, shard=1), False, "replicate"),
        (4, Sizes(expert=4), True, None),
        (4, Sizes(expert=2, shard=2), True, None),
        (8, Sizes(expert=4, shard=4), True, "expert"),
        (1, Sizes(shard=8), True, None),
    ],
)
def test_meshes(world: int, sizes: Sizes, fsdp: bool, expected: str | None) -> None:
    assert mesh_problem(world, sizes, fsdp=fsdp) == expected


def test_ulysses_under_deepspeed() -> None:
    assert mesh_problem(16, Sizes(cp=8), fsdp=False, deepspeed=True) is None
    assert mesh_problem(16, Sizes(cp=8, replicate=4), fsdp=False, deepspeed=True) == "product"


def test_keys() -> None:
    newest, old = Versions(), Versions({"axolotl": Admitted("==0.18.0", "test")})
    assert problem("load_in_4bit", newest) is None
    assert problem("load_in_4bits", newest) == "did you mean `load_in_4bit`?"
    assert problem("fsdp_offload_params", newest) == "did you mean `fsdp_config.offload_params`?"
    assert problem("bnb_4bit_quant_type", newest) == "did you mean `bnb_config_kwargs.bnb_4bit_quant_type`?"
    assert problem("nf4_backend", newest) is None
    assert problem("nf4_backend", old) == "Axolotl has it from 0.20.0 on"
    assert problem("test_value", newest) is None
    assert fsdp_problem("fsdp_offload_params") is None
    assert fsdp_problem("offload_param") == "did you mean `offload_params`?"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(alphabet="-abflo_.=:/ yml01\n", max_size=14), max_size=7))
def test_any_words_are_read(words: list[str]) -> None:
    quoted = " ".join("'" + word.replace("'", "").replace("\n", "") + "'" for word in words)
    for command in ("axolotl train", "axolotl train train.yml", "python -m axolotl.cli.train"):
        for run in runs({"run.sh": f"{command} {quoted}\n", "train.yml": BASE}):
            judge([run], load_rules())
