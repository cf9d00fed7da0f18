"""Options of TRL's trainers that meet quantization and sharding: reference models, vLLM, adapters given twice."""

from __future__ import annotations

import dataclasses

from qp_lint import frameworks as registry
from qp_lint.frameworks.values import Reader, boolean, is_null, lower
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Mapping


def read_options(tree: Mapping, builder: RunBuilder, rank: Rank) -> None:
    """Record the options of `DPOConfig`, `GRPOConfig` and the like."""
    reader = Reader(builder, tree, "trl", rank)
    reader.put("precompute_ref_log_probs", "trl.precompute_ref_log_probs", boolean)
    reader.put("use_vllm", "trl.use_vllm", boolean)
    reader.put("vllm_mode", "trl.vllm_mode", lower)
    reader.put("use_liger_kernel", "trl.use_liger_kernel", boolean)


def read_adapters(reader: Reader) -> None:
    """Record that a trainer gets a model with adapters and the configuration of further ones."""
    model, config = reader.get("model"), reader.get("peft_config")
    if reader.builder.is_set("peft.frozen") and (reader.tree.open or not is_null(config)):
        reader.say("peft.frozen", None, "peft_config")  # the new ones are trained
    wrapped = isinstance(model, Call) and model.function.endswith(("get_peft_model", "PeftModel.from_pretrained"))
    if wrapped and isinstance(config, Call) and not is_null(config):
        reader.say("trl.adapters_twice", True, "peft_config", span=reader.tree.entries["peft_config"].span)


def read_reference(reader: Reader) -> None:
    """Record the bits of a reference model that a trainer gets."""
    builder, node = reader.builder, reader.get("ref_model")
    if not isinstance(node, Call):
        return
    beside = RunBuilder(builder.project, builder.versions, builder.env, builder.directory)
    registry.read(node, beside)
    bits = beside.settings.get("quantization.bits")
    if bits is not None and beside.is_set("quantization.method"):
        builder.settings["reference.quantization.bits"] = dataclasses.replace(bits, name="reference.quantization.bits")


def create_reference_model(call: Call, builder: RunBuilder) -> None:
    """`create_reference_model(model)`: a copy of the model."""
    span = call.name_span or call.span
    builder.put("trl.create_reference_model", True, key="create_reference_model", framework="trl", rank=Rank.CODE, span=span)
