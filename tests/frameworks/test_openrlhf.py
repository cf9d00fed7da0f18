"""What qp-lint reads of OpenRLHF's flags, of both generations."""

from __future__ import annotations

from tests.frameworks.linked import codes, run_of, runs_of

DOTTED = (
    "deepspeed --num_gpus 4 --module openrlhf.cli.train_sft --model.model_name_or_path a/b --ds.zero_stage 3 "
    "--ds.lora.rank 16 --ds.load_in_4bit --ds.adam_offload\n"
)
FLAT = (
    "ray job submit --address=http://127.0.0.1:8265 -- python3 -m openrlhf.cli.train_ppo_ray --pretrain a/b --bf16 "
    "--actor_num_nodes 2 --actor_num_gpus_per_node 8 --vllm_num_engines 4\n"
)


def test_dotted_flags() -> None:
    run = run_of({"run.sh": DOTTED})
    assert (run.value("framework"), run.value("launch.launcher"), run.value("train.stage")) == ("openrlhf", "deepspeed", "sft")
    assert (run.value("parallel.strategy"), run.value("parallel.zero.offload_optimizer")) == ("zero3", "cpu")
    assert (run.value("quantization.bits"), run.value("quantization.storage_dtype")) == (4, "uint8")
    assert (run.value("tuning.method"), run.value("parallel.compute_dtype")) == ("lora", "bfloat16")


def test_flat_flags_under_ray() -> None:
    run = run_of({"run.sh": FLAT})
    assert (run.value("framework"), run.value("launch.launcher")) == ("openrlhf", "ray")
    assert (run.value("parallel.strategy"), run.value("tuning.method")) == ("zero2", "full")
    assert run.value("parallel.world_size") == 16


def test_a_here_document_in_a_variable() -> None:
    script = (
        "read -r -d '' training_commands <<EOF\nopenrlhf.cli.train_dpo \\\n   --pretrain a/b \\\n   --zero_stage 3 \\\n"
        "   --bf16 \\\n   --load_in_4bit\nEOF\n\ndeepspeed --module $training_commands\n"
    )
    run = run_of({"run.sh": script})
    assert (run.value("train.stage"), run.value("parallel.strategy"), run.value("quantization.bits")) == ("dpo", "zero3", 4)
    assert codes({"run.sh": script}) == {"QP532"}


def test_4bit_under_zero3_with_an_adapter_is_left_alone() -> None:
    assert codes({"run.sh": DOTTED}) == set()


def test_other_programs_are_no_training() -> None:
    assert runs_of({"run.sh": "ray start --head\nray job submit -- python -m verl.trainer.main_ppo trainer.nnodes=1\n"}) == []
