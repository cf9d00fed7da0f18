"""`quantization_config=` and the old `load_in_4bit=` of from_pretrained: what is quantized while loading, and what was before."""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.quantizers import CLASSES, LOADING_KEYS, STORED_ONLY, config_fields, method_of, read_attributes, switch
from qp_lint.frameworks.values import Reader, flag, is_null, one, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Choice, Mapping, Node, Scalar, string

# Arguments that the classes had up to transformers 4.57 and have no longer in 5.0 (utils/quantization_config.py).
REMOVED = {
    "gptq": ("use_exllama", "disable_exllama", "exllama_config", "use_cuda_fp16"),
    "awq": ("do_fuse", "fuse_max_seq_len", "modules_to_fuse", "exllama_config"),
}
STORES_FLOATS = frozenset({"fp8", "fbgemm_fp8", "mxfp4"})  # applied while loading, or already stored: the call does not say


def read_quantization(
    node: Node | None,
    builder: RunBuilder,
    *,
    framework: str = "transformers",
    rank: Rank = Rank.CODE,
    key: str = "quantization_config",
) -> None:
    """Read a configuration object or mapping; the model's checkpoint must have been read before.

    A configuration that cannot be told leaves the method unknown.
    """
    node = one(node, builder)
    if node is None or is_null(node):
        return
    method: str | None = None
    if isinstance(node, Call):
        package, _, _ = node.function.partition(".")
        method = CLASSES.get(node.function.rpartition(".")[2]) if package in ("transformers", "diffusers") else None
        if method is None and registry.reader_of(node.function) is not None:
            registry.read(node, builder)
            return
    elif isinstance(node, Mapping):
        method = string(method_of(node))
    if method is None or not isinstance(node, Call | Mapping):
        builder.put("quantization.method", unclear(node), key=key, framework=framework, rank=rank)
        return
    with builder.passing(*node.via):
        reader = Reader(builder, config_fields(node, method), framework, rank)
        read_method(method, reader, key)
        if isinstance(node, Call):
            read_removed(method, reader)


def read_removed(method: str, reader: Reader) -> None:
    """Record an argument that the configuration class lost in transformers 5; there it goes into `**kwargs` unread."""
    written = [name for name in REMOVED.get(method, ()) if not is_null(reader.get(name))]
    if written:
        reader.say("transformers.removed_argument", written[0], written[0], span=reader.tree.entries[written[0]].span)


def read_method(method: str, reader: Reader, key: str = "quantization_config") -> None:
    """Record that a model is loaded with the configuration of a method."""
    builder = reader.builder
    stored = builder.known("quantization.method") if builder.known("quantization.origin") == "checkpoint" else None
    if isinstance(stored, str):
        builder.derive("transformers.stored_quantization", stored, "quantization.method")
        reader.say("transformers.quantization_config", method, key, span=reader.tree.span)
    if stored is not None and builder.known("quantization.known_by") == "config":
        if builder.known("quantization.method") == method:  # the checkpoint's own values stand
            entries = {name: entry for name, entry in reader.tree.entries.items() if name in LOADING_KEYS}
            read_attributes(method, reader.inside(Mapping(entries, True, span=reader.tree.span)))
        return
    if method == "bitsandbytes":
        switches = switch(reader, "load_in_4bit"), switch(reader, "load_in_8bit")
        if switches == (False, False):
            return
        if True not in switches:  # argparse flags that no launch sets
            reader.say("quantization.method", unclear(reader.tree), key)
            return
    reader.say("quantization.method", method, key, span=reader.tree.span)
    read_attributes(method, reader)
    read_origin(method, stored == method, reader, key)


def read_origin(method: str, hinted: bool, reader: Reader, key: str) -> None:
    """Record whether the configuration quantizes or describes what is stored; `hinted`: the model's name says it is stored."""
    builder, place = reader.builder, reader.tree.span
    plain = builder.known("quantization.origin") == "none"
    if hinted:
        return
    data = reader.get("dataset")
    if method == "gptq" and data is not None and not is_null(data):
        reader.say("quantization.origin", "on-load", key, span=place)
        reader.say("quantization.known_by", "argument", key, span=place)
        if builder.known("purpose") in (None, "infer"):
            builder.put("purpose", "quantize", key="dataset", framework=reader.framework, rank=Rank.CODE, span=data.span or place)
    elif method in STORED_ONLY or method == "gptq" or builder.known("quantization.dequantize"):
        # transformers can only load such a checkpoint: GPTQ needs a dataset to quantize, AWQ and others another library
        if plain or (reader.tree.open and method == "gptq"):
            reader.say("quantization.origin", unclear(reader.tree), key)
        else:
            reader.say("quantization.origin", "checkpoint", key, span=place)
            reader.say("quantization.known_by", "argument", key, span=place)
    elif method in STORES_FLOATS and not plain:
        either = tuple(Scalar(origin, span=place) for origin in ("on-load", "checkpoint"))
        reader.say("quantization.origin", Choice(either, span=place), key)
    else:
        reader.say("quantization.origin", "on-load", key, span=place)
        reader.say("quantization.known_by", "argument", key, span=place)


def read_legacy(reader: Reader) -> None:
    """`load_in_4bit=` and `load_in_8bit=` as keywords of from_pretrained; transformers 5 passes them to the model's class."""
    for name in ("load_in_4bit", "load_in_8bit"):
        node = reader.get(name)
        if node is None or is_null(node) or flag(node) is False:
            continue
        if flag(node):
            place = node.span or reader.tree.entries[name].span
            with reader.builder.passing(*node.via):
                reader.say("quantization.legacy_kwarg", name, name, span=reader.tree.entries[name].span or place)
                if is_null(reader.get("quantization_config")):
                    switches = {
                        key: entry for key, entry in reader.tree.entries.items() if key.startswith(("load_in_", "bnb_4bit_"))
                    }
                    read_method("bitsandbytes", reader.inside(Mapping(switches, span=place)), name)
        elif is_null(reader.get("quantization_config")):
            reader.say("quantization.method", unclear(node), name)
