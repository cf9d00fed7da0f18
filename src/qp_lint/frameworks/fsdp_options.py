"""FSDP's options, as accelerate's configuration, its plugin and TrainingArguments' `fsdp_config` spell them.

The same option is `fsdp_use_orig_params` in a launch configuration, `use_orig_params` in the plugin, and either of both in
`fsdp_config`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping as Table

from qp_lint.frameworks.values import MISSING, Convert, Reader, boolean, each, flag, integer, number, said, upper, word
from qp_lint.run import RunBuilder
from qp_lint.tree import Call, Choice, Node, Plain, Reference, Scalar, string

SHARDINGS = ("FULL_SHARD", "SHARD_GRAD_OP", "NO_SHARD", "HYBRID_SHARD", "HYBRID_SHARD_ZERO2")  # numbered from 1
POLICIES = {
    "transformer_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
    "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
    "size_based_auto_wrap_policy": "SIZE_BASED_WRAP",
}


def sharding(node: Node) -> Node:
    """Sharding strategies by name or number; FSDP2's truth value `reshard_after_forward` is one of the first two."""

    def convert(option: Node) -> Node:
        index = number(option)
        if index is not None and 1 <= index <= len(SHARDINGS):
            return said(option, SHARDINGS[index - 1])
        switch = flag(option)
        if switch is not None:
            return said(option, SHARDINGS[0] if switch else SHARDINGS[1])
        return upper(option)

    return each(node, convert)


def wrap_policy(node: Node) -> Node:
    """Wrap policies by name, or as torch's and peft's policy functions."""

    def convert(option: Node) -> Node:
        if isinstance(option, Reference | Call):
            name = option.name if isinstance(option, Reference) else option.function
            known = POLICIES.get(name.rpartition(".")[2])
            if known is None and isinstance(option, Call) and name.endswith("partial") and option.args:
                return convert(option.args[0])
            return upper(said(option, known)) if known else upper(dataclasses.replace(option, span=option.span))
        return upper(option)

    return each(node, convert)


def offload(node: Node) -> Node:
    """CPU offload: a truth value, or torch's `CPUOffload(offload_params=True)` and `CPUOffloadPolicy()`."""

    def convert(option: Node) -> Node:
        if isinstance(option, Call):
            if option.function.endswith("CPUOffloadPolicy"):
                return said(option, True)
            inner = option.argument("offload_params", 0)
            return said(option, False) if inner is None else boolean(inner)
        return boolean(option)

    return each(node, convert)


# (spellings without prefix, setting, reader): the order tells which of two spellings wins
OPTIONS: tuple[tuple[tuple[str, ...], str, Convert], ...] = (
    (("cpu_ram_efficient_loading",), "parallel.fsdp.cpu_ram_efficient_loading", boolean),
    (("sync_module_states",), "parallel.fsdp.sync_module_states", boolean),
    (("use_orig_params",), "parallel.fsdp.use_orig_params", boolean),
    (("auto_wrap_policy",), "parallel.fsdp.wrap_policy", wrap_policy),
    (("offload_params", "cpu_offload"), "parallel.fsdp.offload", offload),
    (("state_dict_type",), "parallel.fsdp.state_dict_type", upper),
    (("activation_checkpointing",), "parallel.fsdp.activation_checkpointing", boolean),
)


def read_fsdp(reader: Reader, *, defaults: Table[str, Plain], version: Plain | Node) -> None:
    """Record FSDP options.

    `defaults` are by the spelling without prefix.  `version` is the default of the FSDP version: a number, or a Choice where
    the installed release decides.
    """
    if reader.put(("fsdp_version", "version"), "parallel.fsdp.version", integer) is None and not reader.tree.open:
        reader.say("parallel.fsdp.version", version, "fsdp_version", span=reader.implied_by or reader.tree.span)
    for names, setting, convert in OPTIONS:
        spellings = tuple(spelling for name in names for spelling in (f"fsdp_{name}", name))
        reader.put(spellings, setting, convert, next((defaults[name] for name in names if name in defaults), MISSING))
    read_sharding(reader)


def read_sharding(reader: Reader) -> None:
    """FSDP1 reads `sharding_strategy` (else a string in `reshard_after_forward`), FSDP2 only `reshard_after_forward`."""
    names = ["fsdp_sharding_strategy", "sharding_strategy", "fsdp_reshard_after_forward", "reshard_after_forward"]
    if reader.builder.known("parallel.fsdp.version") == 2:
        names = names[2:] + names[:2]
    if reader.has(*names):
        reader.put(names, "parallel.fsdp.sharding", sharding)
    for name in ("fsdp_reshard_after_forward", "reshard_after_forward"):
        node = reader.get(name)
        if string(word(node)) if node is not None and flag(node) is None else None:
            reader.put(name, "accelerate.reshard_strategy")  # FSDP2 takes a truth value, FSDP1 a strategy


def either(*values: Plain) -> Choice:
    """One of several plain values that nobody wrote."""
    return Choice(tuple(Scalar(value) for value in values))


def fsdp_version_default(builder: RunBuilder) -> Plain | Node:
    """TrainingArguments' default version: 2 from transformers 5.10 on (training_args.py), 1 before."""
    newer = builder.versions.at_least("transformers", "5.10")
    return either(1, 2) if newer is None else 2 if newer else 1


def words_of(node: Node) -> tuple[str, ...] | None:
    """The words of `fsdp="full_shard auto_wrap"`, or of a list of them; None when they cannot be told."""
    if isinstance(node, Scalar):
        return tuple(node.value.replace(",", " ").lower().split()) if isinstance(node.value, str) else None
    items = getattr(node, "items", None)
    if not isinstance(items, tuple) or getattr(node, "open", False):
        return None
    found = [string(upper(item)) for item in items]
    return tuple(name.lower() for name in found if name) if all(found) else None
