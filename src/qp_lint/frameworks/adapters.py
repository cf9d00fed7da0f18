"""Adapter configurations of peft: which parameters are trained."""

from __future__ import annotations

import posixpath

from qp_lint import frameworks as registry
from qp_lint.frameworks.values import Reader, boolean, each, fields, is_null, one, said, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Mapping, Node, Scalar, Sequence, string

CLASSES = {
    "LoraConfig": "lora",
    "AdaLoraConfig": "adalora",
    "IA3Config": "ia3",
    "VeraConfig": "vera",
    "OFTConfig": "oft",
    "PromptTuningConfig": "prompt",
    "PrefixTuningConfig": "prompt",
    "PromptEncoderConfig": "prompt",
    "MultitaskPromptTuningConfig": "prompt",
}
TYPES = {
    **{"LORA": "lora", "ADALORA": "adalora", "IA3": "ia3", "VERA": "vera", "OFT": "oft"},
    **{"PROMPT_TUNING": "prompt", "P_TUNING": "prompt", "PREFIX_TUNING": "prompt"},
}
INITS = ("pissa", "loftq", "olora", "corda", "eva", "gaussian", "orthogonal")


def read_peft_config(node: Node | None, builder: RunBuilder, *, key: str = "peft_config", rank: Rank = Rank.CODE) -> None:
    """Record the method of an adapter configuration; null means none, what cannot be told leaves the method unknown."""
    node = one(node, builder)
    if node is None or is_null(node):
        return
    if isinstance(node, Call):
        name = node.function.rpartition(".")[2]
        if node.function.startswith("peft.") and name.endswith("Config"):
            with builder.passing(*node.via):
                read_fields(CLASSES.get(name, "other-peft"), Reader(builder, fields(node), "peft", rank), key)
            return
        if registry.reader_of(node.function) is not None:
            registry.read(node, builder)
            return
    builder.put("tuning.method", unclear(node), key=key, framework="peft", rank=rank)


def read_fields(method: str, reader: Reader, key: str = "peft_config") -> None:
    """Record an adapter's method and those of its options that meet quantization."""
    reader.say("tuning.method", method, key, span=reader.tree.span)
    reader.put("use_dora", "tuning.dora", boolean, default=False)
    reader.put("init_lora_weights", "tuning.init", init, default="default")
    reader.put("modules_to_save", "tuning.modules_to_save", filled, default=False)
    reader.put("lora_bias", "peft.lora_bias", boolean)
    if method == "lora":
        reader.put("loftq_config", "peft.loftq_config", given, default=False)
    targets = reader.get("target_modules")
    if isinstance(targets, Sequence) and any(string(item) == "lm_head" for item in targets.items):
        reader.say("peft.targets_head", True, "target_modules", span=targets.span)


def init(node: Node) -> Node:
    """How an adapter's weights start; `pissa_niter_16` is PiSSA."""

    def convert(option: Node) -> Node:
        if isinstance(option, Scalar) and (option.value is None or isinstance(option.value, bool)):
            return said(option, "default")
        name = (string(option) or "").lower()
        known = next((word for word in INITS if name.startswith(word)), None)
        return said(option, known) if known else unclear(option)

    return each(node, convert)


def given(node: Node) -> Node:
    """Whether an argument holds anything at all."""
    if isinstance(node, Call) or (isinstance(node, Mapping) and node.entries):
        return said(node, True)
    if isinstance(node, Mapping) and not node.open:
        return said(node, False)
    return said(node, False) if is_null(node) else unclear(node)


def filled(node: Node) -> Node:
    """Whether a list has anything in it."""

    def convert(option: Node) -> Node:
        if isinstance(option, Sequence):
            return unclear(option) if option.open and not option.items else said(option, bool(option.items))
        return said(option, bool(option.value)) if isinstance(option, Scalar) else unclear(option)

    return each(node, convert)


def read_saved_adapter(name: Node | None, builder: RunBuilder) -> str | None:
    """Record the method of a saved adapter when its folder is in reach; returns the name of its base model."""
    node = one(name, builder)
    path = string(node)
    config = builder.open_data(posixpath.join(path, "adapter_config.json")) if path else None
    if isinstance(config, Mapping) and node is not None:
        reader = Reader(builder, config, "peft", Rank.FILE)
        with builder.passing(node.span, *node.via):
            kind = TYPES.get((string(reader.get("peft_type")) or "").upper(), "other-peft")
            reader.say("tuning.method", kind, "peft_type", span=(reader.get("peft_type") or config).span)
            reader.put("use_dora", "tuning.dora", boolean)
        return string(reader.get("base_model_name_or_path"))
    if node is not None:
        builder.put("tuning.method", unclear(node), key="adapter", framework="peft", rank=Rank.FILE)
    return None
