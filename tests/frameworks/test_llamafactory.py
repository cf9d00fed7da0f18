"""What qp-lint reads out of LLaMA-Factory's configurations and launch commands."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.diagnostics import Finding
from qp_lint.frameworks.llamafactory import FRAMEWORK
from qp_lint.frameworks.llamafactory.keys import problem
from qp_lint.judge import judge
from qp_lint.link import link
from qp_lint.project import Project
from qp_lint.rules.load import load_rules
from qp_lint.run import Run
from qp_lint.tree import Mapping
from qp_lint.versions import Admitted, Versions

BASE = "model_name_or_path: base\nstage: sft\ndo_train: true\ndataset: alpaca\ntemplate: llama3\n"


def runs(files: dict[str, str], **versions: str) -> list[Run]:
    project = Project(Path("/nowhere"), tuple(sorted(files)), overlay=files)
    admitted = {name: Admitted(f"=={version}", "test") for name, version in versions.items()}
    return link(project, lambda path: Versions(admitted))


def one(command: str, config: str = "", /, *, name: str = "train.yaml", version: str = "0.9.5", **files: str) -> Run:
    found = runs({"run.sh": command + "\n", name: BASE + config, **files}, llamafactory=version)
    assert len(found) == 1
    return found[0]


def codes(run: Run) -> set[str]:
    return {finding.code for finding in findings(run)}


def findings(run: Run) -> list[Finding]:
    return judge([run], load_rules())


def recognised(text: str) -> bool:
    project = Project(Path("/nowhere"), ("x.yaml",), overlay={"x.yaml": text})
    tree = project.data("x.yaml")
    assert isinstance(tree, Mapping)
    assert FRAMEWORK.config is not None
    return FRAMEWORK.config.recognise(tree)


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        "model_name_or_path: base\ntemplate: llama3\ninfer_backend: vllm",
        "model_name_or_path: base\nadapter_name_or_path: saves/a\nexport_dir: out",
        "model: base\nmodel_class: llm\ndist_config: {name: fsdp2}",
    ],
)
def test_its_configurations_are_recognised(text: str) -> None:
    assert recognised(text)


@pytest.mark.parametrize(
    "text",
    [
        "base_model: base\nadapter: qlora\nload_in_4bit: true\ndatasets: []",  # axolotl
        "model_name_or_path: base\ndataset_name: trl-lib/Capybara\nuse_peft: true\nload_in_4bit: true\noutput_dir: out",  # TRL
        "model_name_or_path: base\ndataset_mixer: {a: 1.0}\nchat_template: x\nbf16: true\ndo_eval: true",  # alignment-handbook
        "compute_environment: LOCAL_MACHINE\ndistributed_type: FSDP\nnum_processes: 2",  # accelerate
        "zero_optimization: {stage: 3}\ntrain_batch_size: auto",  # DeepSpeed
        "model:\n  _component_: torchtune.models.llama3\ndataset: {}",  # torchtune
        "model: base\ntrain_type: lora\ndataset: a",  # swift
        "model: {class_path: x}\ntrainer: {strategy: fsdp}",  # Lightning
    ],
)
def test_configurations_of_others_are_left_alone(text: str) -> None:
    assert not recognised(text)


@pytest.mark.parametrize(
    "command",
    [
        "llamafactory-cli train train.yaml",
        "lmf train train.yaml",
        "srun llamafactory-cli train train.yaml",
        "python -m llamafactory.cli train train.yaml",
        "torchrun --nproc_per_node 2 src/train.py train.yaml",
        "torchrun --nproc_per_node 2 /opt/LLaMA-Factory/src/llamafactory/launcher.py train.yaml",
        "torchrun --nproc_per_node 2 -m llamafactory.launcher train.yaml",
        "deepspeed --num_gpus 2 src/train.py train.yaml",
        "accelerate launch --multi_gpu --num_processes 2 src/train.py train.yaml",
        "python src/train.py train.yaml",
    ],
)
def test_ways_to_launch(command: str) -> None:
    run = one(command, "finetuning_type: full\n")
    assert run.value("framework") == "llamafactory"
    assert run.value("purpose") == "train"
    assert run.value("tuning.method") == "full"
    assert run.files[:2] == ("run.sh", "train.yaml")


def test_a_script_of_the_project_is_its_own() -> None:
    files = {"run.sh": "python src/train.py train.yaml\n", "train.yaml": BASE, "src/train.py": "import sys\nprint(sys.argv)\n"}
    assert not [run for run in runs(files) if "run.sh" in run.files]
    launched = next(run for run in runs({**files, "run.sh": "torchrun src/train.py train.yaml\n"}) if "run.sh" in run.files)
    assert launched.value("framework") != "llamafactory"


def test_flags_without_a_file() -> None:
    words = "--stage sft --do_train --model_name_or_path base --quantization_bit 4 --finetuning_type full"
    (run,) = runs({"run.sh": f"llamafactory-cli train {words}\n"})
    assert run.value("llamafactory.quantization_bit") == 4
    assert run.value("purpose") == "train"
    assert "QP107" in codes(run)


def test_flags_that_a_variable_may_add_leave_absence_open() -> None:
    (run,) = runs({"run.sh": "llamafactory-cli train --stage ppo --model_name_or_path base $MORE\n"})
    assert run.value("llamafactory.stage") == "ppo"
    assert "QP138" not in codes(run)


def test_overrides_win_over_the_file() -> None:
    run = one(
        "llamafactory-cli train train.yaml finetuning_type=full quantization_bit=4 fsdp_config.fsdp_version=2",
        "quantization_bit: 8\n",
    )
    assert run.value("llamafactory.quantization_bit") == 4
    assert run.value("quantization.bits") == 4
    place = run.settings["llamafactory.finetuning_type"].spans[0]
    assert (place.source.path, place.text) == ("run.sh", "full")
    assert run.overrides(run.settings["quantization.bits"])[0].value == 8


def test_null_unsets() -> None:
    run = one(
        "FORCE_TORCHRUN=1 llamafactory-cli train train.yaml deepspeed=null",
        "deepspeed: z3.json\n",
        **{"z3.json": '{"zero_optimization": {"stage": 3}}'},
    )
    assert run.value("llamafactory.zero3") is False


def test_interpolation() -> None:
    config = (
        "bits: 4\nquantization_bit: ${bits}\nval_size: ${oc.env:SIZE,0.1}\nadd_tokens: ${oc.env:TOKENS}\nlora_rank: ${nothing}\n"
    )
    run = one("TOKENS=a,b llamafactory-cli train train.yaml", config)
    assert run.value("llamafactory.quantization_bit") == 4
    assert run.value("llamafactory.val_size") == "0.1"
    assert run.value("llamafactory.add_tokens") == "a,b"
    assert not run.settings["llamafactory.lora_rank"].known


def test_values_that_refer_to_each_other_are_unknown() -> None:
    run = one("llamafactory-cli train train.yaml", "a: ${b}\nb: ${a}\nquantization_bit: ${a}\n")
    assert not run.settings["llamafactory.quantization_bit"].known


@pytest.mark.parametrize(
    ("environment", "distributed", "processes"),
    [
        ("", None, None),
        ("FORCE_TORCHRUN=1", True, None),
        ("FORCE_TORCHRUN=1 NPROC_PER_NODE=4", True, 4),
        ("FORCE_TORCHRUN=Y CUDA_VISIBLE_DEVICES=0,1", True, 2),
        ("FORCE_TORCHRUN=0 CUDA_VISIBLE_DEVICES=0", False, None),
        ("CUDA_VISIBLE_DEVICES=0,1,2", True, 3),
        ("ASCEND_RT_VISIBLE_DEVICES=0,1", True, 2),
        ("USE_RAY=1 CUDA_VISIBLE_DEVICES=0,1", None, None),
        ("FORCE_TORCHRUN=$WHATEVER CUDA_VISIBLE_DEVICES=0", None, None),
    ],
)
def test_when_the_command_line_starts_torchrun(environment: str, distributed: bool | None, processes: int | None) -> None:
    run = one(f"{environment} llamafactory-cli train train.yaml")
    assert run.value("parallel.distributed") is distributed
    assert run.value("launch.processes") == processes


def test_nodes_times_processes() -> None:
    run = one("FORCE_TORCHRUN=1 NNODES=2 NPROC_PER_NODE=8 llamafactory-cli train train.yaml")
    assert run.value("parallel.world_size") == 16


def test_deepspeed_in_every_form() -> None:
    inline = "deepspeed:\n  zero_optimization:\n    stage: 3\n"
    coded = base64.urlsafe_b64encode(json.dumps({"zero_optimization": {"stage": 3}}).encode()).decode()
    for config in (inline, f"deepspeed: {coded}\n", "deepspeed: z3.json\n"):
        run = one(
            "FORCE_TORCHRUN=1 llamafactory-cli train train.yaml", config, **{"z3.json": '{"zero_optimization": {"stage": 3}}'}
        )
        assert run.value("llamafactory.zero3") is True, config


def test_a_deepspeed_file_that_is_not_in_reach_decides_nothing() -> None:
    run = one("FORCE_TORCHRUN=1 llamafactory-cli train train.yaml", "deepspeed: ${DS}/z.json\nquantization_bit: 8\n")
    assert run.value("llamafactory.zero3") is None
    assert not codes(run)


ACCELERATE = "distributed_type: FSDP\nmixed_precision: bf16\nnum_processes: 2\nfsdp_config:\n  fsdp_version: 1\n"
LAUNCH = "accelerate launch --config_file fsdp.yaml src/train.py train.yaml"


@pytest.mark.parametrize(
    ("command", "config", "accelerate", "transformers", "seen"),
    [
        (LAUNCH, "", "", "5.5.4", True),
        (LAUNCH, "", "  fsdp_cpu_ram_efficient_loading: true\n", "5.5.4", True),
        (LAUNCH, "", "  fsdp_cpu_ram_efficient_loading: false\n", "5.5.4", False),
        (LAUNCH, "fsdp: full_shard auto_wrap\n", "", "5.5.4", False),
        ("torchrun src/train.py train.yaml", "fsdp: full_shard auto_wrap\n", "", "4.57.1", False),
        (
            "torchrun src/train.py train.yaml",
            "fsdp: full_shard\nfsdp_config: {cpu_ram_efficient_loading: true}\n",
            "",
            "4.57.1",
            True,
        ),
        (
            "torchrun src/train.py train.yaml",
            "fsdp: full_shard\nfsdp_config: {cpu_ram_efficient_loading: true}\n",
            "",
            "5.5.4",
            False,
        ),
        ("torchrun src/train.py train.yaml", "", "", "5.5.4", False),
        ("accelerate launch src/train.py train.yaml", "", "", "5.5.4", None),
    ],
)
def test_when_fsdp_is_seen(command: str, config: str, accelerate: str, transformers: str, seen: bool | None) -> None:
    files = {"run.sh": command + "\n", "train.yaml": BASE + config, "fsdp.yaml": ACCELERATE + accelerate}
    found = [run for run in runs(files, llamafactory="0.9.5", transformers=transformers) if "run.sh" in run.files]
    assert found[0].value("llamafactory.fsdp_seen") is seen


def test_without_a_launch_nothing_is_concluded_from_absence() -> None:
    run = runs({"train.yaml": BASE})[0]
    assert run.value("llamafactory.zero3") is None
    assert run.value("llamafactory.fsdp_seen") is None
    assert run.value("parallel.distributed") is None


@pytest.mark.parametrize(
    ("version", "written", "method"),
    [
        ("0.9.5", "", "bitsandbytes"),
        ("0.9.5", "quantization_method: bnb\n", "bitsandbytes"),
        ("0.9.5", "quantization_method: bitsandbytes\n", None),
        ("0.9.2", "quantization_method: bitsandbytes\n", "bitsandbytes"),
        ("0.9.2", "quantization_method: bnb\n", None),
        ("0.8.2", "", "bitsandbytes"),
        ("0.9.5", "quantization_method: hqq\n", "hqq"),
    ],
)
def test_quantization_methods_by_release(version: str, written: str, method: str | None) -> None:
    run = one("llamafactory-cli train train.yaml", "quantization_bit: 4\n" + written, version=version)
    assert run.value("quantization.method") == method
    assert run.value("quantization.origin") == ("on-load" if method else "none")


def test_a_range_of_releases_that_spell_it_differently_is_not_decided() -> None:
    project = Project(
        Path("/nowhere"), ("train.yaml",), overlay={"train.yaml": BASE + "quantization_bit: 4\nquantization_method: bnb\n"}
    )
    run = link(project, lambda path: Versions({"llamafactory": Admitted(">=0.9.2", "test")}))[0]
    found = [finding for finding in findings(run) if finding.code == "QP106"]
    assert [finding.severity.label for finding in found] == ["warning"]


def test_four_bits_are_stored_in_the_data_type_of_the_training() -> None:
    run = one("llamafactory-cli train train.yaml", "quantization_bit: 4\nbf16: true\n")
    assert run.value("quantization.storage_dtype") == "bfloat16"
    assert run.value("quantization.type") == "nf4"


def test_the_checkpoint_wins_over_quantization_bit() -> None:
    config = '{"quantization_config": {"quant_method": "gptq", "bits": 4}}'
    run = one("llamafactory-cli train train.yaml", "quantization_bit: 8\n", **{"base/config.json": config})
    assert run.value("quantization.method") == "gptq"
    assert run.value("quantization.origin") == "checkpoint"


def test_requirements_of_llamafactory_stand_in_for_missing_pins() -> None:
    run = one("llamafactory-cli train train.yaml", version="0.9.3")
    assert run.versions.candidates("transformers") == ("4.52.4",)


@pytest.mark.parametrize(
    ("config", "purpose"),
    [
        ("model_name_or_path: b\ntemplate: x\ninfer_backend: vllm\n", "infer"),
        ("model_name_or_path: b\ntemplate: x\nexport_dir: out\n", "export"),
        (
            "model_name_or_path: b\ntemplate: x\nexport_dir: out\nexport_quantization_bit: 4\nexport_quantization_dataset: c4\n",
            "quantize",
        ),
        ("model_name_or_path: b\ntemplate: x\nstage: sft\ndo_predict: true\n", "eval"),
        (BASE, "train"),
    ],
)
def test_purposes(config: str, purpose: str) -> None:
    assert runs({"x.yaml": config})[0].value("purpose") == purpose


def test_the_second_engine() -> None:
    config = (
        "model: base\nmodel_class: llm\ntrain_dataset: d.yaml\npeft_config: {name: lora}\n"
        "dist_config: {name: fsdp2}\nquant_config: {name: bnb, quantization_bit: 8}\n"
    )
    found = runs({"run.sh": "USE_V1=1 llamafactory-cli sft x.yaml\n", "x.yaml": config})
    assert len(found) == 1
    assert found[0].value("parallel.strategy") == "fsdp2"
    assert found[0].value("quantization.bits") == 8
    assert found[0].value("tuning.method") == "lora"


def test_unknown_keys_suggest_what_was_meant() -> None:
    newest = Versions({})
    pinned = Versions({"llamafactory": Admitted("==0.9.2", "test")})
    assert problem("load_in_4bit", newest) == "did you mean `quantization_bit: 4`?"
    assert problem("quantisation_bit", newest) == "did you mean `quantization_bit`?"
    assert problem("fp8", pinned) == "LLaMA-Factory has it from 0.9.4 on"
    for key in ("fp8", "gradient_checkpointing", "lora_rank", "kt_config", "hyper_parallel_cp_size"):
        assert problem(key, newest) is None


@given(st.text(max_size=60), st.lists(st.text(alphabet="abc=.-${}:, 0", max_size=20), max_size=4))
def test_any_words_are_read(config: str, words: list[str]) -> None:
    project = Project(Path("/nowhere"), ("run.sh", "train.yaml"), overlay={"run.sh": "", "train.yaml": BASE + config})
    project.overlay["run.sh"] = "llamafactory-cli train train.yaml " + " ".join(f"'{word}'" for word in words) + "\n"
    judge(link(project, lambda path: Versions({})), load_rules())
