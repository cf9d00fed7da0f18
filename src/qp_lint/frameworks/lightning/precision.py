"""`precision=` and the precision plugins among `plugins=`."""

from __future__ import annotations

from qp_lint.frameworks.values import Reader, dtype, fields, is_null, one, said, unclear
from qp_lint.tree import Call, Node, Scalar, Sequence, string

# Lightning's older spellings (_convert_precision_to_unified_args).
ALIASES = {"16": "16-mixed", "bf16": "bf16-mixed", "32": "32-true", "64": "64-true"}
MIXED = {"16-mixed": "fp16", "bf16-mixed": "bf16"}
PARAMETERS = {"16": "float16", "bf16": "bfloat16", "32": "float32"}
PLUGINS = frozenset(
    {
        *("BitsandbytesPrecision", "TransformerEnginePrecision", "HalfPrecision", "MixedPrecision", "DoublePrecision"),
        *("FSDPPrecision", "FSDPMixedPrecision", "DeepSpeedPrecision", "XLAPrecision", "Precision"),
    }
)


def read_precision(reader: Reader) -> None:
    """A precision by name: `bf16-mixed` is autocast, `bf16-true` the data type of all parameters."""
    node = reader.get("precision")
    if node is None or is_null(node):
        return
    if not isinstance(node, Scalar):
        reader.say("train.precision", unclear(node), "precision")
        return
    name = ALIASES.get(str(node.value), str(node.value))
    reader.say("lightning.precision", said(node, name), "precision")
    if name.startswith("transformer-engine"):
        reader.say("train.fp8", True, "precision", span=node.span)
        return
    reader.say("train.precision", MIXED.get(name, "no"), "precision", span=node.span)
    kind = PARAMETERS.get(name.partition("-")[0])
    if kind is not None and reader.builder.is_set("parallel.fsdp.version"):
        reader.say("parallel.fsdp.mixed_precision", kind, "precision", span=node.span)


def read_plugins(node: Node | None, reader: Reader, key: str = "plugins") -> None:
    """The precision plugin, alone or in a list; other plugins (checkpoints, clusters) say nothing here."""
    node = one(node, reader.builder)
    if node is None or is_null(node):
        return
    if isinstance(node, Sequence):
        for item in node.items:
            read_plugins(item, reader, key)
    elif isinstance(node, Call):
        name = node.function.rpartition(".")[2].removesuffix("Plugin")
        if name in PLUGINS:
            with reader.builder.passing(*node.via):
                read_plugin(node, name, reader)
    else:
        reader.say("lightning.precision_plugin", unclear(node), key)


def read_plugin(call: Call, name: str, reader: Reader) -> None:
    """A precision plugin by class."""
    place = call.name_span or call.span
    reader.say("lightning.precision_plugin", name, name, span=place)
    if name == "TransformerEnginePrecision":
        reader.say("train.fp8", True, name, span=place)
    elif name == "BitsandbytesPrecision":
        read_bitsandbytes(reader.inside(fields(call, "mode", "dtype", "ignore_modules")))


def read_bitsandbytes(reader: Reader) -> None:
    """`BitsandbytesPrecision(mode, dtype)`: replaces the linear layers of the module that is set up."""
    node = reader.get("mode")
    place = node.span if node is not None else reader.tree.span
    reader.say("quantization.method", "bitsandbytes", "BitsandbytesPrecision", span=reader.tree.span)
    reader.say("quantization.origin", "on-load", "BitsandbytesPrecision", span=reader.tree.span)
    if reader.has("dtype"):
        reader.put("dtype", "quantization.compute_dtype", dtype)
    mode = string(node)
    if node is None or mode is None:
        return
    reader.say("lightning.bnb_mode", node, "mode")
    reader.say("quantization.bits", 8 if mode.startswith("int8") else 4, "mode", span=place)
    if not mode.startswith("int8"):
        reader.say("quantization.type", mode.removesuffix("-dq"), "mode", span=place)
        reader.say("quantization.double", mode.endswith("-dq"), "mode", span=place)
