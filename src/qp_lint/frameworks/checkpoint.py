"""What is known of the checkpoint that a model is loaded from: its name, and the quantization stored in it."""

from __future__ import annotations

import posixpath
import re

from qp_lint.frameworks.quantizers import method_of, read_attributes
from qp_lint.frameworks.values import Reader, dtype, one, word
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, Plain, string

SIDECARS = {"quantize_config.json": "gptq", "quant_config.json": "awq"}  # AutoGPTQ's, AutoAWQ's

_EDGE = r"(?:^|[-_. ])"
_END = r"(?:$|[-_. ])"
# Names that tell a method by the hub's conventions; the first that matches the last part of a name counts.
HINTS = tuple(
    (re.compile(pattern, re.IGNORECASE), method, bits)
    for pattern, method, bits in (
        (_EDGE + r"bnb[-_]?4bit" + _END, "bitsandbytes", 4),
        (_EDGE + r"bnb[-_]?8bit" + _END, "bitsandbytes", 8),
        (_EDGE + r"gptq[-_](?:int|w)?8(?:bits?|g|a16)?" + _END, "gptq", 8),
        (_EDGE + r"gptq[-_](?:int|w)?4(?:bits?|g|a16)?" + _END, "gptq", 4),
        (_EDGE + r"gptq" + _END, "gptq", None),
        (_EDGE + r"awq" + _END, "awq", 4),
        (_EDGE + r"aqlm" + _END, "aqlm", None),
        (_EDGE + r"hqq" + _END, "hqq", None),
        (_EDGE + r"eetq" + _END, "eetq", 8),
        (_EDGE + r"quanto" + _END, "quanto", None),
        (_EDGE + r"torchao" + _END, "torchao", None),
        (_EDGE + r"auto-?round" + _END, "auto-round", None),
        (_EDGE + r"mxfp4" + _END, "mxfp4", 4),
        (r"quantized\.w4a16", "compressed-tensors", 4),
        (r"quantized\.w8a(?:8|16)", "compressed-tensors", 8),
    )
)
# Names that mean a method without saying so, or only with a publisher's habit: (owner, last part).
OWNED_HINTS = tuple(
    (re.compile(owner, re.IGNORECASE), re.compile(pattern, re.IGNORECASE), method, bits)
    for owner, pattern, method, bits in (
        (r"(?:openai)?", r"gpt-oss-(?:20|120)b", "mxfp4", 4),
        (r"(?:deepseek-ai)?", r"deepseek-v3(?:\.[12])?(?:-(?:base|0324|terminus|exp))*", "fp8", 8),
        (r"(?:deepseek-ai)?", r"deepseek-r1(?:-0528|-zero)?", "fp8", 8),
        (r"qwen|zai-org", r".*-fp8", "fp8", 8),
        (r"neuralmagic|redhatai", r".*-fp8(?:-dynamic)?", "compressed-tensors", 8),
    )
)
# What config.json may name the model by that a checkpoint was made from: some quantizers' key, save_pretrained's.
BASES = ("base_model", "_name_or_path")
HUB = re.compile(r"[A-Za-z0-9][\w.-]{1,95}/[A-Za-z0-9][\w.-]{1,95}")
# Owners and names that a folder on somebody's machine has rather than a model on the hub.
FOLDERS = re.compile(
    r"(?:models?|checkpoints?|ckpts?|outputs?|out|saves?|saved|results?|runs?|exp(?:eriment)?s?|data|tmp|work(?:space)?|home|root|mnt"
    r"|opt|content|cache|local|llms?|weights|pretrained|merged|base|quantized|export(?:s|ed)?|logs?|train(?:ing|ed)?)"
    r"|(?:.*[-_.])?(?:checkpoint[-_]?\d+|merged|final|epoch[-_]?\d+|step[-_]?\d+)",
    re.IGNORECASE,
)
PLAIN = re.compile(_EDGE + r"(?:bf16|fp16|f16|fp32|dequant\w*|unquantized)" + _END, re.IGNORECASE)


def read_checkpoint(
    name: Node,
    builder: RunBuilder,
    *,
    framework: str,
    rank: Rank = Rank.CODE,
    key: str = "pretrained_model_name_or_path",
) -> None:
    """Record the model's name and the quantization its checkpoint brings.

    A local folder is known by its config.json; a name on the hub only by convention, which is recorded as a hint.  `rank` is
    who names the model.
    """
    found = one(name, builder)
    if found is None:
        return
    builder.put("model.name", name, key=key, framework=framework, rank=rank)
    path = string(found)
    if not path:
        return
    with builder.passing(found.span, *found.via):
        config = builder.open_data(posixpath.join(path, "config.json"))
        if isinstance(config, Mapping):
            read_config(config, path, builder, framework)
            return
    if not read_sidecars(path, builder, framework):
        read_hint(path, found, builder, framework)


def read_config(config: Mapping, folder: str, builder: RunBuilder, framework: str) -> None:
    """Record what a local config.json says of the kind of model, of quantization and data type."""
    if (kind := config.get("model_type")) is not None:
        builder.put("model.type", word(kind), key="config.json: model_type", framework=framework)
    for name in ("dtype", "torch_dtype"):
        stored = config.get(name) or config.get(f"text_config.{name}")
        if stored is not None:
            builder.put("model.dtype", dtype(stored), key=f"config.json: {name}", framework=framework, rank=Rank.DEFAULT)
            break
    for place in ("quantization_config", "text_config.quantization_config"):
        stored = config.get(place)
        if isinstance(stored, Mapping) and stored.entries:
            read_stored(stored, builder, framework)
            read_base(config, folder, builder, framework)
            return
    if read_sidecars(folder, builder, framework):
        read_base(config, folder, builder, framework)
    else:
        builder.put("quantization.origin", "none", key="quantization_config", framework=framework, span=config.span)


def read_base(config: Mapping, folder: str, builder: RunBuilder, framework: str) -> None:
    """Record the unquantized model that a quantized checkpoint was made from, where its config.json names one for certain.

    `_name_or_path` is what the model was loaded from before it was saved: the base when it was quantized on that occasion, the
    checkpoint itself when it was only saved anew, and a folder on the author's machine when it was no model of the hub.
    """
    for key in BASES:
        node = config.get(key)
        if (name := string(node)) is not None and is_base(name, folder, builder):
            builder.put("model.base", node, key=f"config.json: {key}", framework=framework)
            return


def is_base(name: str, folder: str, builder: RunBuilder) -> bool:
    """Whether a name is that of an unquantized model: one of the hub, or a folder of the project whose config.json says so."""
    if posixpath.basename(name.rstrip("/")).lower() == posixpath.basename(posixpath.normpath(folder)).lower():
        return False
    path = builder.locate(posixpath.join(name, "config.json"))
    if path is not None:
        config = builder.project.data(path)
        keys = ("quantization_config", "text_config.quantization_config")
        return isinstance(config, Mapping) and all(config.get(key) is None for key in keys)
    return bool(HUB.fullmatch(name)) and not any(map(FOLDERS.fullmatch, name.split("/"))) and hint_of(name) is None


def read_stored(stored: Mapping, builder: RunBuilder, framework: str, method: str = "") -> None:
    """Record the quantization that a checkpoint carries; `method` is the one its file name implies."""
    reader = Reader(builder, stored, framework, Rank.FILE)
    named = method_of(stored)
    if named is None and not method:
        return
    value: Node | str = named if named is not None else method
    reader.say("quantization.method", value, "quant_method", span=None if named is not None else stored.span)
    place = named.span if named is not None else stored.span
    reader.say("quantization.origin", "checkpoint", "quantization_config", span=place)
    reader.say("quantization.known_by", "config", "quantization_config", span=place)
    read_attributes(string(named) or method, reader)


def read_sidecars(folder: str, builder: RunBuilder, framework: str) -> bool:
    """Record what the side files of AutoGPTQ and AutoAWQ say; whether there is one."""
    for name, method in SIDECARS.items():
        found = builder.open_data(posixpath.join(folder, name))
        if isinstance(found, Mapping):
            read_stored(found, builder, framework, method)
            return True
    return False


def hint_of(name: str) -> tuple[str, int | None] | None:
    """The method (and bits, if they are said) that a hub name means by convention; None when it says nothing for sure."""
    owner, _, last = name.rstrip("/").rpartition("/")
    owner = owner.rpartition("/")[2]
    if PLAIN.search(last):
        return None
    for pattern, method, bits in HINTS:
        if pattern.search(last):
            return method, bits
    for who, pattern, method, bits in OWNED_HINTS:
        if who.fullmatch(owner) and pattern.fullmatch(last):
            return method, bits
    return None


def read_hint(name: str, node: Node, builder: RunBuilder, framework: str) -> None:
    """Record what a name suggests, at the rank of a hint."""
    hint = hint_of(name)
    if hint is None:
        return
    method, bits = hint
    rows: list[tuple[str, Plain]] = [("method", method), ("origin", "checkpoint"), ("known_by", "name")]
    if bits is not None:
        rows.append(("bits", bits))
    if method == "bitsandbytes" and bits == 4:  # what bitsandbytes stores unless told otherwise
        rows.append(("storage_dtype", "uint8"))
    with builder.passing(*node.via):
        for setting, value in rows:
            builder.put(f"quantization.{setting}", value, key="model name", framework=framework, rank=Rank.HINT, span=node.span)
