"""The fields of TRL's `ModelConfig`: which model is loaded, how it is quantized, whether it gets an adapter.

The same fields are arguments of a call in a script, keys of a recipe and flags of `trl sft`.  Facts: trl 0.8.6 to 1.9.0,
`trainer/model_config.py` and `trainer/utils.py: get_quantization_config, get_peft_config`.
"""

from __future__ import annotations

from qp_lint.frameworks.adapters import read_fields
from qp_lint.frameworks.quantization import read_method
from qp_lint.frameworks.values import Reader, flag, is_null, one, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Scalar, Unknown

BNB_KEYS = {
    "load_in_4bit": "load_in_4bit",
    "load_in_8bit": "load_in_8bit",
    "bnb_4bit_quant_type": "bnb_4bit_quant_type",
    "use_bnb_nested_quant": "bnb_4bit_use_double_quant",
    "bnb_4bit_quant_storage": "bnb_4bit_quant_storage",
    "dtype": "bnb_4bit_compute_dtype",
    "torch_dtype": "bnb_4bit_compute_dtype",
}
PEFT_KEYS = {"lora_modules_to_save": "modules_to_save", "use_dora": "use_dora"}


def read_model_quantization(tree: Mapping, builder: RunBuilder, rank: Rank) -> None:
    """bitsandbytes by its switches, with nf4 unless told otherwise; no configuration at all where both are off."""
    switches = [one(tree.get(name), builder) for name in ("load_in_4bit", "load_in_8bit")]
    if not tree.open and all(is_null(node) or flag(node) is False for node in switches):
        return
    entries = {BNB_KEYS[name]: entry for name, entry in tree.entries.items() if name in BNB_KEYS}
    entries.setdefault("bnb_4bit_quant_type", Entry(Scalar("nf4", span=tree.span)))
    stored = storage(tree, builder)
    if stored is not None:
        entries["bnb_4bit_quant_storage"] = stored
    elif builder.versions.at_least("trl", "0.26") is False:  # the option came later
        entries.pop("bnb_4bit_quant_storage", None)
    place = next((node.span for node in switches if node is not None and flag(node)), None) or tree.span
    read_method("bitsandbytes", Reader(builder, Mapping(entries, tree.open, span=place), "trl", rank))


def storage(tree: Mapping, builder: RunBuilder) -> Entry | None:
    """What the weights are stored as, where the release takes it from elsewhere: from 0.10 to 0.25 the model's data type."""
    newer = builder.versions.at_least("trl", "0.26")
    older = builder.versions.at_least("trl", "0.10") is False
    dtype = tree.entries.get("dtype") or tree.entries.get("torch_dtype")
    if newer is None:
        return Entry(Unknown(span=tree.span))
    return None if newer or older else dtype


def read_model_adapter(tree: Mapping, used: Node | None, builder: RunBuilder, rank: Rank) -> None:
    """LoRA; `used` is what stands at `use_peft`."""
    entries = {PEFT_KEYS[name]: entry for name, entry in tree.entries.items() if name in PEFT_KEYS}
    place = used.span if used is not None else tree.span
    read_fields("lora", Reader(builder, Mapping(entries, tree.open, span=place), "trl", rank), "use_peft")


def wants_adapter(tree: Mapping, builder: RunBuilder) -> bool | None:
    """Whether `use_peft` is on; None when it cannot be told."""
    used = one(tree.get("use_peft"), builder)
    return None if used is None and tree.open else False if used is None else flag(used)


def read_model_tuning(tree: Mapping, node: Node, builder: RunBuilder, rank: Rank, key: str) -> bool:
    """Record LoRA, or that it cannot be told (at `node`); whether it is sure that there is no adapter."""
    wanted = wants_adapter(tree, builder)
    if wanted:
        read_model_adapter(tree, one(tree.get("use_peft"), builder), builder, rank)
    elif wanted is None:
        builder.put("tuning.method", unclear(node), key=key, framework="trl", rank=rank)
    return wanted is False
