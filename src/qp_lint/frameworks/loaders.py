"""Loaders of the quantization libraries themselves: AutoGPTQ, GPTQModel, AutoAWQ, HQQ."""

from __future__ import annotations

from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.devices import device_map
from qp_lint.frameworks.models import read_effects
from qp_lint.frameworks.values import Reader, boolean, fields, inverted, is_null, lower
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call

FIRST = ("model_name_or_path", "model_id_or_path", "model_path", "quant_path", "save_dir_or_hub")


def read_stored(call: Call, builder: RunBuilder, method: str, api: str) -> Reader:
    """Record that a quantized checkpoint is loaded by its own library."""
    reader = Reader(builder, fields(call, "model_name_or_path"), "transformers", Rank.CODE)
    name = next((found for key in FIRST if (found := reader.get(key)) is not None), None)
    if name is not None:
        read_checkpoint(name, builder, framework="transformers", key=call.function.rpartition(".")[2])
    key = call.function.rpartition(".")[2]
    if builder.known("quantization.known_by") != "config":
        reader.say("quantization.method", method, key, span=call.name_span)
        reader.say("quantization.origin", "checkpoint", key, span=call.name_span)
        reader.say("quantization.known_by", "argument", key, span=call.name_span)
    reader.say("model.load_api", api, key, span=call.name_span)
    if reader.has("device_map"):
        reader.put("device_map", "model.device_map", device_map)
    read_effects(call, builder)
    return reader


def autogptq(call: Call, builder: RunBuilder) -> None:
    """`AutoGPTQForCausalLM.from_quantized(…)`: `trainable=True` switches the exllama kernels off."""
    reader = read_stored(call, builder, "gptq", "auto_gptq")
    if reader.has("disable_exllama") or reader.has("disable_exllamav2"):
        off = [reader.get(name) for name in ("disable_exllama", "disable_exllamav2")]
        if all(node is not None for node in off):
            reader.put("disable_exllamav2", "quantization.exllama", inverted)
    reader.put("trainable", "transformers.autogptq_trainable", boolean, default=False)


def gptqmodel(call: Call, builder: RunBuilder) -> None:
    """`GPTQModel.load(…)`; with a quantize config it loads a float model to quantize it."""
    reader = Reader(builder, fields(call, "model_id_or_path", "quantize_config"), "transformers", Rank.CODE)
    if not is_null(reader.get("quantize_config")):
        to_quantize(call, builder, "gptqmodel")
        return
    read_stored(call, builder, "gptq", "gptqmodel").put("backend", "quantization.backend", lower)


def autoawq(call: Call, builder: RunBuilder) -> None:
    """`AutoAWQForCausalLM.from_quantized(…)`: layers are fused and spread over devices unless told otherwise."""
    reader = read_stored(call, builder, "awq", "awq")
    reader.put("fuse_layers", "quantization.fused", boolean, default=True)
    reader.put("use_exllama", "quantization.exllama", boolean)


def hqq(call: Call, builder: RunBuilder) -> None:
    """`AutoHQQHFModel.from_quantized(…)`."""
    read_stored(call, builder, "hqq", "hqq")


def to_quantize(call: Call, builder: RunBuilder, api: str) -> None:
    """A float model is loaded in order to be quantized."""
    builder.put("model.load_api", api, key="from_pretrained", framework="transformers", rank=Rank.CODE, span=call.name_span)
    if builder.known("purpose") in (None, "infer"):
        builder.put("purpose", "quantize", key="from_pretrained", framework="transformers", rank=Rank.CODE, span=call.name_span)
    read_effects(call, builder)


LOADERS = {
    "auto_gptq:AutoGPTQ*.from_quantized": autogptq,
    "auto_gptq:AutoGPTQ*.from_pretrained": lambda call, builder: to_quantize(call, builder, "auto_gptq"),
    "gptqmodel:GPTQModel.load": gptqmodel,
    "gptqmodel:GPTQModel.from_quantized": gptqmodel,
    "awq:AutoAWQ*.from_quantized": autoawq,
    "awq:AutoAWQ*.from_pretrained": lambda call, builder: to_quantize(call, builder, "awq"),
    "hqq:*HQQ*.from_quantized": hqq,
}
