"""The names of the matrix: methods of quantization, strategies of parallelism, ways of tuning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Method:
    """A row.

    `load` is the Python expression that transformers gets as `quantization_config`, `imports` what it needs; `stored` is the
    `quantization_config` of a checkpoint's config.json.  A method has one of both, except the unquantized one.  `bits` and
    `on_load` are what frameworks with a key for it are told (`quantization_bit`, `quantization_method`).  `only` names the
    frameworks that have a method of their own.
    """

    name: str
    title: str
    load: str = ""
    imports: str = ""
    stored: Mapping[str, Any] = field(default_factory=dict)
    bits: int = 0
    on_load: str = ""
    only: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


def _checkpoint(name: str, title: str, *aliases: str, **stored: Any) -> Method:
    return Method(name, title, stored={"quant_method": name, **stored}, aliases=aliases)


_BNB = "from transformers import BitsAndBytesConfig"
_ALL = (
    Method("none", "no quantization", aliases=("bf16", "fp16", "full-precision")),
    Method(
        "bnb-4bit",
        "bitsandbytes 4-bit, default storage",
        "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)",
        _BNB,
        bits=4,
        on_load="bnb",
        aliases=("bnb4", "qlora", "nf4", "bitsandbytes"),
    ),
    Method(
        "bnb-4bit-bf16",
        "bitsandbytes 4-bit, bfloat16 storage",
        "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16, bnb_4bit_quant_storage=torch.bfloat16)",
        _BNB,
        bits=4,
        on_load="bnb",
        aliases=("bnb4-bf16",),
    ),
    Method(
        "bnb-8bit", "bitsandbytes 8-bit", "BitsAndBytesConfig(load_in_8bit=True)", _BNB, bits=8, on_load="bnb", aliases=("bnb8",)
    ),
    Method(
        "bnb-4bit-checkpoint",
        "bitsandbytes 4-bit checkpoint",
        stored={
            "quant_method": "bitsandbytes",
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_compute_dtype": "bfloat16",
        },
    ),
    _checkpoint("gptq", "GPTQ checkpoint", bits=4, group_size=128),
    _checkpoint("awq", "AWQ checkpoint", bits=4, group_size=128, zero_point=True),
    _checkpoint("aqlm", "AQLM checkpoint", in_group_size=8, out_group_size=1, num_codebooks=1, nbits_per_codebook=16),
    Method(
        "hqq", "HQQ on load", "HqqConfig(nbits=4, group_size=64)", "from transformers import HqqConfig", bits=4, on_load="hqq"
    ),
    Method("eetq", "EETQ on load", 'EetqConfig("int8")', "from transformers import EetqConfig", bits=8, on_load="eetq"),
    Method("quanto", "quanto int8 on load", 'QuantoConfig(weights="int8")', "from transformers import QuantoConfig"),
    Method(
        "torchao",
        "torchao int8 on load",
        "TorchAoConfig(Int8WeightOnlyConfig())",
        "from torchao.quantization import Int8WeightOnlyConfig\nfrom transformers import TorchAoConfig",
        aliases=("torchao-int8",),
    ),
    Method("torchao-nf4", "torchao NF4 on load", bits=4, only=("torchtune",)),
    _checkpoint("compressed-tensors", "compressed-tensors checkpoint", format="pack-quantized"),
    _checkpoint("fp8", "FP8 checkpoint", activation_scheme="dynamic", weight_block_size=[128, 128]),
    _checkpoint("fbgemm_fp8", "FBGEMM FP8 checkpoint"),
    _checkpoint("mxfp4", "MXFP4 checkpoint (gpt-oss)"),
    _checkpoint("auto-round", "AutoRound checkpoint", bits=4, group_size=128),
    _checkpoint("vptq", "VPTQ checkpoint"),
    _checkpoint("spqr", "SpQR checkpoint", bits=3),
    _checkpoint("higgs", "HIGGS checkpoint", bits=4),
    _checkpoint("bitnet", "BitNet checkpoint"),
    _checkpoint("quark", "Quark checkpoint"),
)
METHODS: dict[str, Method] = {method.name: method for method in _ALL}
STRATEGIES = {
    "single": "one process, one GPU",
    "device-map": 'one process, `device_map="auto"`',
    "ddp": "DDP",
    "zero1": "ZeRO-1",
    "zero2": "ZeRO-2",
    "zero3": "ZeRO-3",
    "zero3-offload": "ZeRO-3, parameters offloaded",
    "fsdp1": "FSDP1",
    "fsdp2": "FSDP2",
}
TUNINGS = {"lora": "LoRA", "full": "full fine-tuning"}
_STRATEGY_ALIASES = {
    **{"zero-1": "zero1", "zero-2": "zero2", "zero-3": "zero3", "fsdp": "fsdp1", "fsdp-2": "fsdp2", "auto": "device-map"},
    **{"deepspeed3": "zero3", "naive-mp": "device-map"},
}


def named(word: str) -> tuple[str, str] | None:
    """What a word names: ("method" | "strategy" | "tuning", its name); None when it names nothing."""
    word = word.lower()
    for method in _ALL:
        if word in (method.name, *method.aliases):
            return "method", method.name
    word = _STRATEGY_ALIASES.get(word, word)
    if word in STRATEGIES:
        return "strategy", word
    return ("tuning", word) if word in TUNINGS else None
