"""What Axolotl's loader quantizes, which is not always what the keys say (loaders/model.py, _set_quantization_config)."""

from __future__ import annotations

from qp_lint.frameworks.values import Reader, boolean, dtype, flag, is_null, lower
from qp_lint.settings import Rank
from qp_lint.tree import Node, string

ADAPTED = ("lora", "qlora", "mixlora")
STORED = ("gptq", "awq", "bitsandbytes")  # loaded with their own configuration, whatever the switches say
CLASSES = {"Mxfp4Config": "mxfp4", "FineGrainedFP8Config": "fp8"}


def read_quantization(reader: Reader) -> None:
    """A quantized checkpoint, `model_quantization_config`, or bitsandbytes while loading."""
    builder = reader.builder
    adapter = string(reader.get("adapter"))
    stored = builder.known("quantization.method") if builder.known("quantization.origin") == "checkpoint" else None
    kind = CLASSES.get(string(reader.get("model_quantization_config")) or "")
    if kind is not None and stored in (None, kind):
        read_class(reader, kind)
        return
    if stored in STORED and adapter in ADAPTED:
        return
    read_switches(reader, adapter)


def read_class(reader: Reader, kind: str) -> None:
    """A configuration class by name: it describes the checkpoint, or has it dequantized."""
    node = reader.get("model_quantization_config")
    place = node.span if node is not None else None
    for setting, value in (("method", kind), ("origin", "checkpoint"), ("known_by", "argument")):
        reader.say(f"quantization.{setting}", value, "model_quantization_config", span=place)
    reader.section("model_quantization_config_kwargs").put("dequantize", "quantization.dequantize", boolean, default=False)


def read_switches(reader: Reader, adapter: str | None) -> None:
    """`load_in_4bit` counts for qlora and mixlora, `load_in_8bit` for lora, nothing else."""
    four, eight = reader.get("load_in_4bit"), reader.get("load_in_8bit")
    if adapter in ("qlora", "mixlora") and flag(four) and four is not None:
        method = "nf4" if string(reader.get("nf4_backend")) == "torchao" else "bitsandbytes"
        say_method(reader, method, 4, four, "load_in_4bit")
        read_four_bits(reader, four)
    elif adapter == "lora" and flag(eight) and eight is not None:
        say_method(reader, "bitsandbytes", 8, eight, "load_in_8bit")
    elif reader.tree.open or any(node is not None and not is_null(node) and flag(node) is None for node in (four, eight)):
        reader.unsure("quantization.method", "load_in_4bit")


def say_method(reader: Reader, method: str, bits: int, node: Node, key: str) -> None:
    """Record that the model is quantized while it is loaded."""
    for setting, value in (("method", method), ("bits", bits), ("origin", "on-load"), ("known_by", "argument")):
        reader.say(f"quantization.{setting}", value, key, span=node.span)


def read_four_bits(reader: Reader, node: Node) -> None:
    """The defaults of 4-bit loading; `bnb_config_kwargs` overrides any of them.

    The storage is bfloat16 wherever DeepSpeed or FSDP shard it; without them a few model types get float32.
    """
    builder = reader.builder
    options = reader.section("bnb_config_kwargs")
    options.put("bnb_4bit_quant_type", "quantization.type", lower, default="nf4")
    options.put("bnb_4bit_use_double_quant", "quantization.double", boolean, default=True)
    if options.has("bnb_4bit_compute_dtype"):
        options.put("bnb_4bit_compute_dtype", "quantization.compute_dtype", dtype)
    elif (computed := compute_dtype(reader)) is not None:
        reader.say("quantization.compute_dtype", computed, "bf16", rank=Rank.DEFAULT, span=node.span)
    if options.has("bnb_4bit_quant_storage"):
        options.put("bnb_4bit_quant_storage", "quantization.storage_dtype", dtype)
    elif not options.tree.open and any(builder.is_set(name) for name in ("parallel.zero.stage", "parallel.fsdp.version")):
        reader.say("quantization.storage_dtype", "bfloat16", "load_in_4bit", rank=Rank.DEFAULT, span=node.span)


def compute_dtype(reader: Reader) -> str | None:
    """`torch_dtype` as resolve_dtype works it out; None where the GPU decides."""
    if flag(reader.get("bf16")) or flag(reader.get("bfloat16")):
        return "bfloat16"
    if reader.tree.open or (not flag(reader.get("fp16")) and (string(reader.get("bf16")) == "auto" or not reader.has("bf16"))):
        return None
    return "float16" if flag(reader.get("fp16")) or flag(reader.get("float16")) else "float32"
