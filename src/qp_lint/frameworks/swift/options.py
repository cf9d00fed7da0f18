"""What ms-swift's options mean, in the spelling of its generations.

Generation 2 has `sft_type` and `quantization_bit`, 3 `train_type` and `quant_bits`, 4 `tuner_type`; the training itself is
transformers' Trainer, so its arguments are options too (swift/arguments/sft_args.py).
"""

from __future__ import annotations

from qp_lint.frameworks.adapters import filled, init
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.devices import device_map
from qp_lint.frameworks.quantization import read_method
from qp_lint.frameworks.swift import presets
from qp_lint.frameworks.training_arguments import read_training_arguments
from qp_lint.frameworks.values import DTYPES, Reader, boolean, dtype, first_of, flag, integer, is_null, number, one, said, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Scalar, string
from qp_lint.versions import Admitted, Versions

NAME = "swift"
PACKAGE = "ms-swift"
TUNERS = ("tuner_type", "train_type", "sft_type")
MODEL = ("model", "model_id_or_path", "model_type")
BITS = ("quant_bits", "quantization_bit")
DTYPE = ("torch_dtype", "dtype")
TUNINGS = {
    **{"full": "full", "lora": "lora", "longlora": "lora", "adalora": "adalora", "vera": "vera", "ia3": "ia3", "oft": "oft"},
    **dict.fromkeys(("boft", "fourierft", "reft", "bone", "llamapro", "adapter", "lora_llm"), "other-peft"),
}
METHODS = {"bnb": "bitsandbytes", "hqq": "hqq", "eetq": "eetq", "quanto": "quanto", "fp8": "fp8"}
QUANTO = {"8": "int8", "4": "int4", "2": "int2", "float8": "float8"}
STAGES = {"pt": "pretrain", "sft": "sft"}
PURPOSES = {"sft": "train", "pt": "train", "rlhf": "train", "infer": "infer", "deploy": "infer", "export": "export"}


def spoken(tree: Mapping, versions: Versions) -> Versions:
    """The versions with ms-swift's generation, told by its options where the project does not pin it."""
    names = tree.entries.keys()
    preset = string(tree.get("deepspeed")) or ""
    if PACKAGE in versions.admitted:
        return versions
    if names & {"sft_type", "quantization_bit", "model_id_or_path"} or preset.startswith("default-"):
        specifier = "<3"
    elif "train_type" in names:
        specifier = ">=3,<4"
    else:
        return versions
    return Versions({**versions.admitted, PACKAGE: Admitted(specifier, "its options are of that generation")})


def read_options(tree: Mapping, builder: RunBuilder, command: str, *, rank: Rank) -> None:
    """Record the options of a command; `rank` is who wrote them.  The launch must have been read before."""
    builder.versions = spoken(tree, builder.versions)
    reader = Reader(builder, tree, NAME, rank)
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    quantizes = command == "export" and reader.has("quant_method", *BITS)
    builder.put("purpose", "quantize" if quantizes else PURPOSES[command], key=command, framework=NAME, rank=Rank.CODE)
    for name, entry in tree.entries.items():
        if name in KEPT:
            builder.put(f"{NAME}.{name}", entry.value, key=name, framework=NAME, rank=rank, span=entry.value.span or entry.span)
    if tree.open and "dataset" not in tree.entries:
        reader.unsure(f"{NAME}.dataset", "dataset")
    found = first_of(tree, *MODEL)
    if found is not None:
        read_checkpoint(found[1].value, builder, framework=NAME, rank=rank, key=found[0])
    if PURPOSES[command] == "train":
        read_tuning(reader)
        read_training(reader, command)
    read_dtypes(reader)
    if not quantizes:
        read_quantization(reader)
    reader.say("model.load_api", "from_pretrained", "model", rank=Rank.DEFAULT)
    if string(reader.get("tuner_backend")) == "unsloth":
        reader.put("tuner_backend", "model.load_api")
    read_placement(reader)


# Options that rules ask for under their own name.
KEPT = frozenset(
    {
        *("quant_method", "quant_bits", "quantization_bit", "load_args", "deepspeed", "fsdp", "deepspeed_autotp_size", "use_ray"),
        *("use_vllm", "vllm_mode", "use_liger_kernel", "rlhf_type", "ddp_backend", "dataset", "load_data_args"),
    }
)


def read_tuning(reader: Reader) -> None:
    """The tuning method, LoRA unless it is said otherwise."""

    def tuner(node: Node) -> Node:
        name = string(node)
        return said(node, TUNINGS[name]) if name in TUNINGS else unclear(node)

    reader.put(TUNERS, "tuning.method", tuner, default="lora")
    reader.put("use_dora", "tuning.dora", boolean, default=False)
    reader.put("init_weights", "tuning.init", init, default="default")
    if reader.has("modules_to_save"):
        reader.put("modules_to_save", "tuning.modules_to_save", filled)


def read_training(reader: Reader, command: str) -> None:
    """transformers' TrainingArguments; `deepspeed` and `fsdp` take presets, checkpointing of activations is on by default."""
    builder = reader.builder
    entries = dict(reader.tree.entries)
    place = entries.pop("fsdp", None)
    entries.pop("fsdp_config", None)
    if place is not None:
        entries |= presets.fsdp(place.value, builder)
    if "deepspeed" in entries:
        node = one(entries["deepspeed"].value, builder)
        entries["deepspeed"] = Entry(presets.deepspeed(node) if node is not None else Scalar(None), entries["deepspeed"].span)
    tree = Mapping(entries, reader.tree.open, span=reader.tree.span, via=reader.tree.via)
    read_training_arguments(tree, builder, framework=NAME, rank=reader.rank, defaults=False)
    if not reader.tree.open:
        for name in ("save_only_model", "use_liger_kernel", "use_vllm"):
            if not reader.has(name):
                setting = "train.save_only_model" if name == "save_only_model" else f"{NAME}.{name}"
                builder.default(setting, False, framework=NAME, key=name)
        if not reader.has("gradient_checkpointing"):
            builder.default("train.gradient_checkpointing", True, framework=NAME, key="gradient_checkpointing")
    if reader.has("deepspeed_autotp_size"):
        alone = not reader.has("deepspeed") and not reader.tree.open  # it is an option of DeepSpeed's configuration
        reader.put("deepspeed_autotp_size", f"{NAME}.autotp_alone" if alone else "parallel.tp.size", integer)
    builder.default("train.trainer", "Trainer", framework=NAME, key=command)
    if command == "rlhf":
        reader.put("rlhf_type", "train.stage", default="dpo")
    else:
        reader.say("train.stage", STAGES[command], command)


def read_dtypes(reader: Reader) -> None:
    """`torch_dtype` chooses the mixed precision too, unless `bf16` or `fp16` do (model_args.py: _init_mixed_precision)."""
    builder = reader.builder
    found = first_of(reader.tree, *DTYPE)
    node = one(found[1].value, builder) if found else None
    if found is None or node is None or is_null(node) or string(node) == "AUTO":
        return
    reader.say("model.dtype", dtype(node), found[0])
    if builder.known("purpose") != "train" or reader.has("bf16", "fp16"):
        return
    name = DTYPES.get(string(node) or "")
    precision = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp16"}.get(name or "")
    if precision is not None:
        reader.say("train.precision", precision, found[0], span=node.span)


def read_quantization(reader: Reader) -> None:
    """Quantization while loading: since 3.0 only with `quant_method`, before by the number of bits."""
    builder = reader.builder
    method, found = reader.get("quant_method"), first_of(reader.tree, *BITS)
    bits = one(found[1].value, builder) if found else None
    if reader.tree.open and method is None:
        reader.unsure("quantization.method", "quant_method")
        return
    if is_null(method) and builder.versions.at_least(PACKAGE, "3.0") is False and number(bits):
        method = said(bits, "bnb" if number(bits) in (4, 8) else "hqq") if bits is not None else None
    if method is None or is_null(method):
        return
    kind = METHODS.get(string(method) or "")
    if kind is None:  # a checkpoint's own method, or a value that cannot be told
        if string(method) is None:
            reader.say("quantization.method", unclear(method), "quant_method")
        return
    place = method.span
    inner = Mapping(method_entries(kind, reader, bits), span=place, via=method.via)
    read_method(kind, reader.inside(inner), "quant_method")
    if found is not None and bits is not None and kind != "fp8" and builder.is_set("quantization.bits"):
        reader.put(found[0], "quantization.bits", lambda node: said(node, 8) if string(node) == "float8" else integer(node))


def method_entries(kind: str, reader: Reader, bits: Node | None) -> dict[str, Entry]:
    """The arguments of the configuration class that ms-swift makes (quant_args.py: get_quantization_config)."""
    if bits is None:
        return {}
    size = str(bits.value) if isinstance(bits, Scalar) else ""
    if kind == "bitsandbytes":
        name = {"4": "load_in_4bit", "8": "load_in_8bit"}.get(size)
        entries = {name: Entry(said(bits, True), bits.span)} if name else {}
        for key in ("bnb_4bit_quant_storage", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "bnb_4bit_compute_dtype"):
            if not is_null(reader.get(key)):
                entries[key] = reader.tree.entries[key]
        entries.setdefault("bnb_4bit_quant_type", Entry(Scalar("nf4")))
        entries.setdefault("bnb_4bit_use_double_quant", Entry(Scalar(True)))
        computed = {"bfloat16": "bfloat16", "float16": "float32", "float32": "float32"}.get(
            str(reader.builder.known("model.dtype"))
        )
        if computed is not None:
            entries.setdefault("bnb_4bit_compute_dtype", Entry(Scalar(computed)))
        return entries
    if kind == "hqq":
        return {"nbits": Entry(bits, bits.span)}
    if kind in ("quanto", "eetq"):
        weights = QUANTO.get(size) if kind == "quanto" else f"int{size}"
        return {"weights": Entry(said(bits, weights) if weights else unclear(bits), bits.span)}
    return {}


def read_placement(reader: Reader) -> None:
    """`device_map`; where it is left out each process has its own device, or spreads the model over all that it sees.

    model/utils.py: get_default_device_map and utils/env.py: is_mp; under ZeRO-3 and accelerate's FSDP there is none.
    """
    builder = reader.builder
    share = devices_each(builder)
    if share is not None:
        builder.derive("swift.devices_each", share, "launch.visible_devices", "launch.processes", rank=Rank.ENVIRONMENT)
    if not is_null(reader.get("device_map")):
        reader.put("device_map", "model.device_map", device_map)
        return
    sharded = builder.known("parallel.zero.stage") == 3 or builder.is_set("parallel.fsdp.version")
    if share is None or sharded or reader.tree.open:
        return
    builder.derive("model.device_map", "auto" if share > 1 else "per-rank", "launch.visible_devices")


def devices_each(builder: RunBuilder) -> int | None:
    """How many devices a process sees: 0 where they cannot be divided, None when the launch does not say."""
    visible, processes = builder.known("launch.visible_devices"), builder.known("launch.processes")
    single = builder.env.get("SWIFT_SINGLE_DEVICE_MODE")
    if not isinstance(visible, int) or not isinstance(processes, int) or visible < 1 or processes < 1:
        return None
    if single is not None and flag(builder.pick(single)) is not False:
        return None
    return 0 if visible % processes else visible // processes
