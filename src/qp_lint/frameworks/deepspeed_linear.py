"""deepspeed.linear: layers with LoRA over a frozen base weight that may be quantized (FP6, FP8, FP12) and sharded.

Facts: DeepSpeed 0.14.2 to 0.19.5, deepspeed/linear/{optimized_linear,quantization,context_manager,config}.py.
"""

from __future__ import annotations

from qp_lint.frameworks.values import Reader, boolean, dtype, fields, integer, is_null
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Node

FIRST = ("input_dim", "output_dim", "bias", "lora_config", "quantization_config")


def optimized_linear(call: Call, builder: RunBuilder) -> None:
    """`OptimizedLinear(input_dim, output_dim, bias, lora_config=…, quantization_config=…, dtype=torch.bfloat16)`.

    `QuantizedLinear`, which it becomes without a LoRAConfig, is quantized in any case.
    """
    reader = Reader(builder, fields(call, *FIRST), "deepspeed", Rank.CODE)
    lora, quantization = reader.get("lora_config"), reader.get("quantization_config")
    plain = call.function.endswith(".QuantizedLinear")
    if plain or isinstance(quantization, Call):
        if plain or isinstance(lora, Call) or (is_null(lora) and not call.open):
            reader.say("deepspeed.linear.lora", isinstance(lora, Call), "lora_config", span=call.name_span)
        reader.put("dtype", "deepspeed.linear.dtype", dtype)
    if isinstance(lora, Call):
        reader.put("bias", "deepspeed.linear.bias", boolean)
    read_lora(lora, builder)


def linear_init(call: Call, builder: RunBuilder) -> None:
    """`with deepspeed.linear.Init(lora_config=…, quant_config=…):` makes an OptimizedLinear of each nn.Linear built inside."""
    reader = Reader(builder, fields(call, "lora_config", "quant_config"), "deepspeed", Rank.CODE)
    lora = reader.get("lora_config")
    if is_null(lora) and not call.open:
        reader.say("deepspeed.linear.init_without_lora", True, "lora_config", span=call.name_span or call.span)
    read_lora(lora, builder)


def read_lora(lora: Node | None, builder: RunBuilder) -> None:
    """How the base weights are sharded, by a `deepspeed.linear.LoRAConfig`."""
    if isinstance(lora, Call):
        reader = Reader(builder, fields(lora, "lora_r", "lora_alpha", "base_weight_sharding"), "deepspeed", Rank.CODE)
        reader.put("base_weight_sharding", "deepspeed.linear.base_weight_sharding", integer)


def quantized_parameter(call: Call, builder: RunBuilder) -> None:
    """`QuantizedParameter(data, requires_grad=False, quantization_config=…)`."""
    reader = Reader(builder, fields(call, "data", "requires_grad"), "deepspeed", Rank.CODE)
    reader.put("requires_grad", "deepspeed.linear.requires_grad", boolean)


CALLS = {
    "deepspeed:OptimizedLinear": optimized_linear,
    "deepspeed:LoRAOptimizedLinear": optimized_linear,
    "deepspeed:QuantizedLinear": optimized_linear,
    "deepspeed:QuantizedParameter": quantized_parameter,
}
