"""Megatron-LM: `torchrun … pretrain_gpt.py --tensor-model-parallel-size 2 --fp8-format hybrid …`.

Facts: Megatron-LM of 2025 and 2026, `megatron/training/arguments.py: validate_args`.  FP8 and FP4 are formats of the computation;
`--fp8-param-gather` keeps the parameters themselves in FP8.  The scripts are Megatron's own and their copies.
"""

from __future__ import annotations

from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.overrides import from_flags
from qp_lint.frameworks.values import Reader, boolean, integer
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, string

NAME = "megatron"
# A launch of one of its scripts has several of these.
OWN = frozenset(
    {
        *("tensor_model_parallel_size", "pipeline_model_parallel_size", "num_layers", "hidden_size", "num_attention_heads"),
        *("micro_batch_size", "global_batch_size", "max_position_embeddings", "use_mcore_models", "use_distributed_optimizer"),
        *("train_iters", "transformer_impl", "data_path", "seq_length"),
    }
)
SWITCHES = ("use_distributed_optimizer", "use_torch_fsdp2", "use_megatron_fsdp", "fp8_param_gather", "fp4_param_gather", "fp16")
FORMATS = ("fp8_format", "fp4_format")
SIZES = {"tensor_model_parallel_size": "tp", "pipeline_model_parallel_size": "pp", "context_parallel_size": "cp"}


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """A pretraining script with flags that Megatron-LM has."""
    flags = from_flags(arguments)
    if len(OWN & flags.entries.keys()) < 3 or "deepspeed_config" in flags.entries:
        return False  # Megatron-DeepSpeed has the same scripts
    place = arguments[0].span
    reader = Reader(builder, Mapping(flags.entries, flags.open, span=place), NAME, Rank.COMMAND)
    for setting, value in (
        ("framework", NAME),
        ("purpose", "train"),
        ("parallel.strategy", "megatron"),
        ("train.trainer", "loop"),
    ):
        reader.say(setting, value, NAME, rank=Rank.FILE, span=place)
    for name in SWITCHES:
        reader.put(name, f"{NAME}.{name}", boolean, default=False)
    for name in FORMATS:
        reader.put(name, f"{NAME}.{name}", default=None)
    for name, kind in SIZES.items():
        reader.put(name, f"parallel.{kind}.size", integer, default=1)
    reader.put("expert_model_parallel_size", f"{NAME}.expert_model_parallel_size", integer, default=1)
    connections = string(builder.env.get("CUDA_DEVICE_MAX_CONNECTIONS"))
    if connections is not None:
        builder.put(f"{NAME}.max_connections", builder.env["CUDA_DEVICE_MAX_CONNECTIONS"], framework=NAME, rank=Rank.ENVIRONMENT)
    return True


FRAMEWORK = Framework(
    name=NAME, packages=(NAME,), words=(NAME, "model-parallel-size"), scripts=("*/pretrain_*.py",), claims=claims
)
