"""unsloth: `FastLanguageModel.from_pretrained(…)`, which loads in 4 bits unless it is told otherwise, and `get_peft_model`.

Facts: unsloth 2026.8, unsloth/models/loader.py: FastLanguageModel, FastModel; loader_utils.py: prepare_device_map; _utils.py:
validate_loftq_config.
"""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.adapters import read_fields
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.models import read_dtype
from qp_lint.frameworks.quantization import read_method, read_quantization
from qp_lint.frameworks.values import Reader, boolean, fields, flag, is_null, unclear, unpacked
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Entry, Mapping, Scalar, string

NAME = "unsloth"
POSITIONAL = ("model_name", "max_seq_length", "dtype", "load_in_4bit", "load_in_8bit")
BITS = ("load_in_4bit", "load_in_8bit", "load_in_16bit", "load_in_fp8")


def from_pretrained(call: Call, builder: RunBuilder) -> None:
    """`model, tokenizer = FastLanguageModel.from_pretrained(model_name, …)`."""
    reader = Reader(builder, fields(call, *POSITIONAL), NAME, Rank.CODE)
    builder.put("framework", NAME, key="from_pretrained", framework=NAME, rank=Rank.CODE, span=call.name_span)
    reader.say("model.load_api", NAME, "from_pretrained", span=call.name_span)
    name = reader.get("model_name")
    if name is not None:
        read_checkpoint(name, builder, framework=NAME, key="model_name")
    read_dtype(reader)
    reader.put("full_finetuning", "unsloth.full_finetuning", boolean, default=False)
    if not is_null(reader.get("qat_scheme")):
        reader.put("qat_scheme", "unsloth.qat_scheme")
    if flag(reader.get("full_finetuning")):
        reader.put("full_finetuning", "tuning.method", lambda node: Scalar("full", span=node.span, via=node.via))
    read_bits(reader, call.function.rpartition(".")[0].rpartition(".")[2])


def read_bits(reader: Reader, owner: str) -> None:
    """The bits to load in: 4 unless a switch, a configuration or full fine-tuning says otherwise."""
    config = reader.get("quantization_config")
    full = reader.get("full_finetuning")
    on = {name: switch(reader, name) for name in BITS}
    given = [name for name in BITS if on[name]]
    if not is_null(config):
        read_quantization(config, reader.builder, framework=NAME)
        return
    if None in on.values() or (full is not None and flag(full) is None):
        reader.say("quantization.method", unclear(full or reader.tree), "load_in_4bit", rank=Rank.CODE)
        return
    if flag(full):
        written = next((name for name in BITS[:2] if on[name] and reader.has(name)), None)
        if written is not None:
            reader.say("unsloth.bits_of_full", written, written, span=reader.tree.entries[written].span)
        unquantized(reader, "full_finetuning")
        return
    # FastLanguageModel hands over to FastModel, which counts the switches, when 8 bits or QAT are asked for
    if len(given) > 1 and (owner != "FastLanguageModel" or on["load_in_8bit"] or reader.has("qat_scheme")):
        place = next((reader.tree.entries[name] for name in reversed(given) if reader.has(name)), None)
        reader.say("unsloth.several_bits", " and ".join(given), given[-1], span=place.span if place else reader.tree.span)
    if on["load_in_8bit"] or on["load_in_4bit"]:
        name = "load_in_8bit" if on["load_in_8bit"] else "load_in_4bit"
        entry = reader.tree.entries.get(name) or Entry(Scalar(True, span=reader.tree.span))
        entries = {name: entry, "bnb_4bit_quant_type": Entry(Scalar("nf4")), "bnb_4bit_use_double_quant": Entry(Scalar(True))}
        read_method("bitsandbytes", reader.inside(Mapping(entries, span=entry.value.span or reader.tree.span)), name)
    elif not on["load_in_fp8"]:
        unquantized(reader, "load_in_4bit")


def switch(reader: Reader, name: str) -> bool | None:
    """A switch as given or by default; None when it cannot be told."""
    node = reader.get(name)
    if node is None:
        return None if reader.tree.open else name == "load_in_4bit"
    return True if string(node) == "block" else flag(node)


def unquantized(reader: Reader, key: str) -> None:
    """The model is loaded in 16 bits, whatever its name suggests: unsloth takes the unquantized one of the pair."""
    place = reader.tree.entries[key].span if reader.has(key) else reader.tree.span
    if reader.builder.known("quantization.known_by") == "name":
        reader.say("quantization.method", None, key, span=place)
        reader.say("quantization.origin", "none", key, span=place)


def get_peft_model(call: Call, builder: RunBuilder) -> None:
    """`FastLanguageModel.get_peft_model(model, r=16, …)`: LoRA, DoRA where use_dora says so."""
    registry.read(unpacked(call.argument("model", 0), builder), builder)
    reader = Reader(builder, fields(call, "model"), NAME, Rank.CODE)
    read_fields("lora", Reader(builder, reader.tree, NAME, Rank.CODE), "get_peft_model")
    if reader.has("use_gradient_checkpointing"):
        checkpointing = reader.get("use_gradient_checkpointing")
        reader.say(
            "train.gradient_checkpointing", True if string(checkpointing) == NAME else boolean(checkpointing or call), NAME
        )


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME,),
    calls={"unsloth:Fast*.from_pretrained": from_pretrained, "unsloth:Fast*.get_peft_model": get_peft_model},
    loads=("unsloth:Fast*.from_pretrained",),
)
