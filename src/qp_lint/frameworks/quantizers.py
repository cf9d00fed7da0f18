"""What each quantization method's configuration says: the keys of the `*Config` classes of transformers and of config.json.

The tables are read for a call (`GPTQConfig(bits=4)`), a dict, a YAML mapping and the `quantization_config` of a checkpoint
alike.  Defaults are those of transformers 5.23.0 (utils/quantization_config.py) unless a release is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from qp_lint.frameworks.values import (
    Reader,
    boolean,
    dtype,
    each,
    fields,
    flag,
    integer,
    inverted,
    is_null,
    lower,
    one,
    said,
    unclear,
    word,
)
from qp_lint.settings import METHODS, Rank
from qp_lint.tree import Call, Mapping, Node, Reference, Scalar, string

CLASSES = {
    "BitsAndBytesConfig": "bitsandbytes",
    "GPTQConfig": "gptq",
    "AwqConfig": "awq",
    "AqlmConfig": "aqlm",
    "HqqConfig": "hqq",
    "QuantoConfig": "quanto",
    "EetqConfig": "eetq",
    "TorchAoConfig": "torchao",
    "FineGrainedFP8Config": "fp8",
    "FbgemmFp8Config": "fbgemm_fp8",
    "CompressedTensorsConfig": "compressed-tensors",
    "Mxfp4Config": "mxfp4",
    "AutoRoundConfig": "auto-round",
    "BitNetQuantConfig": "bitnet",
    "VptqConfig": "vptq",
    "SpQRConfig": "spqr",
    "HiggsConfig": "higgs",
    "QuarkConfig": "quark",
    "FPQuantConfig": "fp_quant",
    "SinqConfig": "sinq",
    "FourOverSixConfig": "fouroversix",
    "MetalConfig": "metal",
}
ALIASES = {
    "bitsandbytes_4bit": "bitsandbytes",
    "bitsandbytes_8bit": "bitsandbytes",
    "intel/auto-round": "auto-round",
    "auto_round": "auto-round",
    "compressed_tensors": "compressed-tensors",
}
# The first positional parameters of the classes above.
POSITIONAL = {
    "bitsandbytes": ("load_in_8bit", "load_in_4bit"),
    "gptq": ("bits", "tokenizer", "dataset", "group_size"),
    "awq": ("bits", "group_size", "zero_point"),
    "hqq": ("nbits", "group_size", "view_as_float"),
    "quanto": ("weights", "activations"),
    "eetq": ("weights",),
    "torchao": ("quant_type",),
    "auto-round": ("bits", "group_size"),
}
# Methods whose checkpoints are quantized elsewhere: transformers cannot apply them while loading.
STORED_ONLY = frozenset({"awq", "aqlm", "compressed-tensors", "vptq", "spqr", "quark", "bitnet", "auto-round"})
# What a configuration given beside a quantized checkpoint can still change.
LOADING_KEYS = frozenset(
    {
        *("use_exllama", "disable_exllama", "exllama_config", "backend", "version", "do_fuse", "modules_to_fuse"),
        *("fuse_max_seq_len", "run_compressed", "dequantize"),
    }
)


def method_name(value: str) -> str:
    """The vocabulary's name of a `quant_method`; `unsupported` for one that no release of transformers knows."""
    value = ALIASES.get(value.lower(), value.lower())
    return value if value in METHODS else "unsupported"


def method_of(tree: Mapping) -> Node | None:
    """The method of a `quantization_config` mapping: its `quant_method`, else bitsandbytes when it has that one's switches."""
    entry = tree.entries.get("quant_method")
    if entry is not None and not is_null(entry.value):
        return each(word(entry.value), lambda node: said(node, method_name(name)) if (name := string(node)) else unclear(node))
    for name in ("load_in_4bit", "load_in_8bit", "_load_in_4bit", "_load_in_8bit"):
        found = tree.entries.get(name)
        if found is not None and flag(found.value) is not False:
            return Scalar("bitsandbytes", span=found.span) if flag(found.value) else unclear(found.value)
    return None


def switch(reader: Reader, name: str) -> bool | None:
    """A switch of bitsandbytes: False when it is left out, None when it cannot be told."""
    node = one(reader.tree.get(name), reader.builder)
    if is_null(node):
        return None if reader.tree.open and not reader.has(name) else False
    return flag(node)


def bitsandbytes(reader: Reader) -> None:
    """bnb 4-bit and 8-bit; `bnb_4bit_quant_storage` is there since transformers 4.39, before it was uint8 as well."""
    four, eight = switch(reader, "load_in_4bit"), switch(reader, "load_in_8bit")
    if four and eight:
        reader.say("quantization.both_bits", True, "load_in_8bit", span=reader.tree.entries["load_in_8bit"].span)
    name = "load_in_4bit" if four else "load_in_8bit"
    if four or eight:
        entry = reader.tree.entries[name]
        reader.say("quantization.bits", said(entry.value, 4 if four else 8), name)
    elif four is None or eight is None:
        reader.unsure("quantization.bits", name)
    if four:
        reader.put("bnb_4bit_quant_storage", "quantization.storage_dtype", storage, default="uint8")
        reader.put("bnb_4bit_compute_dtype", "quantization.compute_dtype", compute, default="float32")
        reader.put("bnb_4bit_quant_type", "quantization.type", lower, default="fp4")
        reader.put("bnb_4bit_use_double_quant", "quantization.double", boolean, default=False)
    reader.put("llm_int8_enable_fp32_cpu_offload", "quantization.cpu_offload", boolean, default=False)


def storage(node: Node) -> Node:
    """The storage dtype; null means uint8."""
    return each(dtype(node), lambda option: said(option, "uint8") if is_null(option) else option)


def compute(node: Node) -> Node:
    """The compute dtype; null means float32."""
    return each(dtype(node), lambda option: said(option, "float32") if is_null(option) else option)


def gptq(reader: Reader) -> None:
    """GPTQ; up to transformers 4.57 the exllama kernels are on unless switched off, for 4 bits."""
    reader.put(("bits", "w_bit"), "quantization.bits", integer)
    if reader.has("use_exllama") and not is_null(reader.get("use_exllama")):
        reader.put("use_exllama", "quantization.exllama", boolean)
    elif reader.has("disable_exllama") and not is_null(reader.get("disable_exllama")):
        reader.put("disable_exllama", "quantization.exllama", inverted)
    elif exllama_by_default(reader):
        reader.say("quantization.exllama", True, "use_exllama", rank=Rank.DEFAULT, span=reader.tree.span)
    reader.put("backend", "quantization.backend", lower)


def exllama_by_default(reader: Reader) -> bool:
    """Whether nothing is said and the release is surely one that then uses exllama."""
    old = reader.builder.versions.at_least("transformers", "5.0") is False
    return old and not reader.tree.open and reader.builder.known("quantization.bits") == 4


def awq(reader: Reader) -> None:
    """AWQ; up to transformers 4.57 `version` names the kernel (gemm, gemv, exllama, ipex), from 5.0 on `backend`."""
    reader.put(("bits", "w_bit"), "quantization.bits", integer, default=4)
    newer = reader.builder.versions.at_least("transformers", "5.0")
    reader.put(("backend",) if newer else ("version", "backend"), "quantization.backend", lower)
    if reader.builder.known("quantization.backend") == "exllama":
        reader.builder.derive("quantization.exllama", True, "quantization.backend", rank=reader.rank)
    if reader.has("do_fuse") and not is_null(reader.get("do_fuse")):
        reader.put("do_fuse", "quantization.fused", boolean)
    elif not is_null(reader.get("modules_to_fuse")):
        reader.say("quantization.fused", True, "modules_to_fuse", span=reader.tree.entries["modules_to_fuse"].span)


def hqq(reader: Reader) -> None:
    """HQQ; a checkpoint keeps the bits in `quant_config.weight_quant_params.nbits`."""
    inner = reader.section("quant_config").section("weight_quant_params")
    (inner if inner.has("nbits") else reader).put("nbits", "quantization.bits", integer, default=4)
    (inner if inner.has("view_as_float") else reader).put("view_as_float", "quantization.view_as_float", boolean, default=False)


def size_of(name: str) -> int | None:
    """The bits of a weight in a type's name: 8 for `int8`, `float8_e4m3`, 4 for `Int8DynamicActivationInt4WeightConfig`."""
    found = re.search(r"(\d+)_?weight", name.lower()) or re.search(r"(?:int|float|fp)(\d+)", name.lower())
    return int(found.group(1)) if found else None


def by_type(node: Node) -> Node:
    """The bits of a type name."""
    return each(word(node), lambda option: said(option, bits) if (bits := size_of(string(option) or "")) else unclear(option))


def weights(reader: Reader) -> None:
    """quanto and EETQ: `weights="int8"`."""
    reader.put("weights", "quantization.type", lower, default="int8")
    reader.put("weights", "quantization.bits", by_type, default=8)


def torchao(reader: Reader) -> None:
    """torchao: a string up to transformers 5.3, an object of torchao's own class (which are trainable differs)."""
    node = reader.get("quant_type")
    if node is None:
        return
    if isinstance(node, Call | Reference):
        name = (node.function if isinstance(node, Call) else node.name).rpartition(".")[2]
        reader.say("quantization.type", said(node, name), "quant_type")
        reader.say("quantization.config_form", said(node, "object"), "quant_type")
        size = size_of(name)
        if size:
            reader.say("quantization.bits", said(node, size), "quant_type")
    elif isinstance(node, Mapping):  # as a checkpoint keeps it: {"default": {"_type": "Int8WeightOnlyConfig", …}}
        reader.section("quant_type").section("default").put("_type", "quantization.type")
        reader.say("quantization.config_form", "object", "quant_type", span=node.span)
    else:
        reader.put("quant_type", "quantization.type")
        reader.put("quant_type", "quantization.bits", by_type)
        reader.say("quantization.config_form", said(node, "string") if string(node) else unclear(node), "quant_type")


def compressed_tensors(reader: Reader) -> None:
    """compressed-tensors: `run_compressed=False`, later `dequantize=True`, decompress while loading."""
    if reader.has("dequantize") and flag(reader.get("dequantize")) is not False:
        reader.put("dequantize", "quantization.dequantize", boolean)
    elif reader.has("run_compressed") and not is_null(reader.get("run_compressed")):
        reader.put("run_compressed", "quantization.dequantize", inverted)
    reader.put("format", "quantization.type", lower)
    groups = reader.section("config_groups")
    for name in groups.tree.entries:
        groups.section(name).section("weights").put("num_bits", "quantization.bits", integer)


def aqlm(reader: Reader) -> None:
    """AQLM: codes of more than 8 bits are kept as int16, which NCCL cannot send."""
    reader.put("nbits_per_codebook", "transformers.aqlm_code_bits", integer, default=16)


def eight_bit_float(reader: Reader) -> None:
    """fp8 checkpoints."""
    reader.builder.default("quantization.bits", 8, framework=reader.framework, span=reader.tree.span)
    reader.put("dequantize", "quantization.dequantize", boolean, default=False)


def mxfp4(reader: Reader) -> None:
    """MXFP4 (gpt-oss)."""
    reader.builder.default("quantization.bits", 4, framework=reader.framework, span=reader.tree.span)
    reader.put("dequantize", "quantization.dequantize", boolean, default=False)


def plain_bits(default: int | None) -> Callable[[Reader], None]:
    """A method with a `bits` key."""

    def read(reader: Reader) -> None:
        if reader.has("bits"):
            reader.put("bits", "quantization.bits", integer)
        elif default is not None:
            reader.put("bits", "quantization.bits", integer, default=default)
        reader.put("backend", "quantization.backend", lower)

    return read


def bitnet(reader: Reader) -> None:
    """BitNet; only `autobitlinear` with `online` trains."""
    reader.put("quantization_mode", "quantization.type", lower, default="offline")
    reader.put("linear_class", "quantization.backend", lower, default="bitlinear")


def fp_quant(reader: Reader) -> None:
    """FPQuant; emulated in Triton with `pseudoquantization`."""
    reader.put("pseudoquantization", "transformers.pseudoquantization", boolean, default=False)


ATTRIBUTES: dict[str, Callable[[Reader], None]] = {
    "bitsandbytes": bitsandbytes,
    "gptq": gptq,
    "awq": awq,
    "aqlm": aqlm,
    "hqq": hqq,
    "quanto": weights,
    "eetq": weights,
    "torchao": torchao,
    "compressed-tensors": compressed_tensors,
    "fp8": eight_bit_float,
    "fbgemm_fp8": eight_bit_float,
    "mxfp4": mxfp4,
    "auto-round": plain_bits(4),
    "spqr": plain_bits(3),
    "higgs": plain_bits(4),
    "vptq": plain_bits(None),
    "bitnet": bitnet,
    "fp_quant": fp_quant,
}


def read_attributes(method: str, reader: Reader) -> None:
    """Record what a method's configuration says beyond its name."""
    read = ATTRIBUTES.get(method)
    if read is not None:
        read(reader)


def config_fields(node: Call | Mapping, method: str) -> Mapping:
    """The entries of a configuration class or mapping by name."""
    return fields(node, *POSITIONAL.get(method, ()))
