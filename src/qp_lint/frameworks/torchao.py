"""torchao: float8 training, and the optimizers of torchao and bitsandbytes that a script makes itself.

Facts: torchao 0.18.0, `float8/config.py`, `optim/`.  `quantize_`, QAT and NF4 change a model in place; nothing is said of them.
"""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.models import read_effects
from qp_lint.frameworks.optimizers import NAMES, read_optimizer
from qp_lint.frameworks.values import Reader, boolean, fields, lower, one
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call


def float8_config(call: Call, builder: RunBuilder) -> None:
    """`Float8LinearConfig(enable_fsdp_float8_all_gather=…, cast_config_weight=CastConfig(scaling_granularity=…))`."""
    reader = Reader(builder, fields(call), "torchao", Rank.CODE)
    reader.put("enable_fsdp_float8_all_gather", "torchao.float8_all_gather", boolean, default=False)
    weight = one(call.argument("cast_config_weight"), builder)
    if isinstance(weight, Call) and weight.function.endswith("CastConfig"):
        inner = reader.inside(fields(weight, "scaling_type", "scaling_granularity"))
        inner.put("scaling_granularity", "torchao.weight_granularity", lower, default="tensorwise")


def convert(call: Call, builder: RunBuilder) -> None:
    """`convert_to_float8_training(model, config=…)` replaces the model's linear layers and gives the model back."""
    registry.read(one(call.argument("module", 0), builder), builder)
    builder.put("train.fp8", True, key="convert_to_float8_training", framework="torchao", rank=Rank.CODE, span=call.name_span)
    registry.read(one(call.argument("config"), builder), builder)
    read_effects(call, builder)


def optimizer(call: Call, builder: RunBuilder) -> None:
    """`torchao.optim.AdamW8bit(…)`, `bitsandbytes.optim.PagedAdamW8bit(…)`: made by the script, whoever gets it."""
    read_optimizer(call, builder, framework=call.function.partition(".")[0])


def cpu_offload(call: Call, builder: RunBuilder) -> None:
    """`CPUOffloadOptimizer(params, torch.optim.AdamW, …)` keeps optimizer states in the host's memory."""
    builder.put(
        "torchao.cpu_offload_optimizer", True, key="CPUOffloadOptimizer", framework="torchao", rank=Rank.CODE, span=call.name_span
    )


MADE = {
    "torchao:Float8LinearConfig": float8_config,
    "torchao:CPUOffloadOptimizer": cpu_offload,
    **{f"{package}:{name}": optimizer for package in ("torchao", "bitsandbytes") for name in NAMES[package]},
}
FRAMEWORK = Framework(
    name="torchao",
    packages=("torchao",),
    words=("torchao",),
    calls={"torchao:convert_to_float8_training": convert, **MADE},
    roots=("torchao:convert_to_float8_training",),
    globals=tuple(MADE),
)
