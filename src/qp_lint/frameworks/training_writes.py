"""How fixes write what training arguments and quantization configurations say, where it is more than one key."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qp_lint.frameworks.base import REMOVE, Around, Code, Dtype, Entries, Wanted, Writer
from qp_lint.tree import Plain

SHARDING = ("fsdp", "fsdp_config", "fsdp_min_num_params", "fsdp_transformer_layer_cls_to_wrap", "deepspeed")
LEGACY = ("load_in_4bit", "load_in_8bit", "bnb_4bit_", "llm_int8_")
FLOATS = re.compile(r"[\"']?(?:\w+\.)*(?:bfloat16|float16)[\"']?")
OWN_DEVICE = Code('{"": PartialState().process_index}', (("accelerate", "PartialState"),))


def write_strategy(value: Plain, around: Around) -> Entries | None:
    """DDP in place of a sharding: its arguments are taken out."""
    for depth, keys in enumerate(around if value == "ddp" else ()):
        if "fsdp" in keys or "deepspeed" in keys:
            return depth, dict.fromkeys(SHARDING, REMOVE)
    return None


def write_stage(value: Plain, around: Around) -> Entries | None:
    """No DeepSpeed: its argument is taken out."""
    depth = next((depth for depth, keys in enumerate(around) if "deepspeed" in keys), None)
    return (depth, {"deepspeed": REMOVE}) if value is None and depth is not None else None


def write_fsdp_version(value: Plain, around: Around) -> Entries | None:
    """The version in an `fsdp_config` of its own beside `fsdp`, where there is none."""
    if not around or "fsdp" not in around[0] or "fsdp_config" in around[0]:
        return None
    return 0, {"fsdp_config": Code(f'{{"version": {value}}}')}


def write_precision(value: Plain, around: Around) -> Entries | None:
    """`bf16` and `fp16` are two switches."""
    if not around or not {"bf16", "fp16"} & set(around[0]):
        return None
    entries: dict[str, Wanted] = {name: REMOVE for name in ("bf16", "fp16") if name != value}
    return 0, {**entries, str(value): True} if value in ("bf16", "fp16") else entries


def write_exllama(value: Plain, around: Around) -> Entries | None:
    """`use_exllama`, or its opposite where that is written."""
    if around and "disable_exllama" in around[0]:
        return 0, {"disable_exllama": not value}
    return (0, {"use_exllama": value}) if around else None


def write_device_map(value: Plain, around: Around) -> Entries | None:
    """Each process's own device needs a name for it."""
    depth = next((depth for depth, keys in enumerate(around) if "device_map" in keys), None)
    return (depth, {"device_map": OWN_DEVICE}) if value == "per-rank" and depth is not None else None


def write_legacy(value: Plain, around: Around) -> Entries | None:
    """`quantization_config=BitsAndBytesConfig(…)` in place of the keywords that transformers 5 does not take any more."""
    keys = [name for name in around[0] if name.startswith(LEGACY)] if around and value is None else []
    if not keys or "quantization_config" in around[0]:
        return (0, dict.fromkeys(keys, REMOVE)) if keys else None
    arguments = ", ".join(f"{name}={around[0][name]}" for name in keys if around[0][name] != "False")
    config = Code(f"BitsAndBytesConfig({arguments})", (("transformers", "BitsAndBytesConfig"),))
    return 0, {**dict.fromkeys(keys, REMOVE), "quantization_config": config}


def write_bits(value: Plain, around: Around) -> Entries | None:
    """bitsandbytes has a switch for 4 and one for 8 bits."""
    old, new = ("load_in_8bit", "load_in_4bit") if value == 4 else ("load_in_4bit", "load_in_8bit")
    return (0, {old: REMOVE, new: True}) if around and old in around[0] else None


def while_loading(key: str, entries: Mapping[str, Wanted]) -> Writer:
    """A writer of `quantization.origin`: quantizing while loading is these entries beside the one that names the model."""

    def write(value: Plain, around: Around) -> Entries | None:
        depth = next((depth for depth, keys in enumerate(around) if key in keys), None)
        return (depth, entries) if value == "on-load" and depth is not None else None

    return write


def loading(around: Around) -> int | None:
    """The arguments of `from_pretrained` among those around a place: they begin with the model's name."""
    return next((depth for depth, keys in enumerate(around) if "0" in keys or "pretrained_model_name_or_path" in keys), None)


def write_dtype(value: Plain, around: Around) -> Entries | None:
    """The data type that a model is loaded in: the `dtype` there is, else `torch_dtype`, which every release takes."""
    depth = loading(around)
    if depth is None or not isinstance(value, str):
        return None
    return depth, {"dtype" if "dtype" in around[depth] else "torch_dtype": Dtype(value)}


def write_origin(value: Plain, around: Around) -> Entries | None:
    """bitsandbytes in 4 bits beside the name of the model in `from_pretrained`; computed and stored in the data type named there.

    Another quantization's configuration is replaced: it was the checkpoint's.
    """
    depth = loading(around)
    if value != "on-load" or depth is None:
        return None
    arguments = ["load_in_4bit=True", 'bnb_4bit_quant_type="nf4"']
    written = next((around[depth][name] for name in ("dtype", "torch_dtype") if name in around[depth]), "")
    if FLOATS.fullmatch(written):
        arguments += [f"bnb_4bit_compute_dtype={written}", f"bnb_4bit_quant_storage={written}"]
    config = Code(f"BitsAndBytesConfig({', '.join(arguments)})", (("transformers", "BitsAndBytesConfig"),))
    return depth, {"quantization_config": config}


def write_storage(value: Plain, around: Around) -> Entries | None:
    """`bnb_4bit_quant_storage` beside the switches of bitsandbytes."""
    if not around or not any(name in around[0] for name in LEGACY) or not isinstance(value, str | None):
        return None
    return 0, {"bnb_4bit_quant_storage": REMOVE if value is None else Dtype(value)}


WRITES = {
    "parallel.strategy": write_strategy,
    "parallel.zero.stage": write_stage,
    "parallel.fsdp.version": write_fsdp_version,
    "train.precision": write_precision,
    "quantization.exllama": write_exllama,
    "quantization.bits": write_bits,
    "quantization.origin": write_origin,
    "quantization.storage_dtype": write_storage,
    "quantization.legacy_kwarg": write_legacy,
    "model.device_map": write_device_map,
    "model.dtype": write_dtype,
}
