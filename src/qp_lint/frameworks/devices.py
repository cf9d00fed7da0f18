"""`device_map`: where a model's parts are placed."""

from __future__ import annotations

import re

from qp_lint.frameworks.values import each, is_null, said, unclear
from qp_lint.tree import Call, Mapping, Node, Reference, Scalar, Unknown, leaves, string

OFFLOADED = ("cpu", "disk")
NAMED = {"auto": "auto", "balanced": "balanced", "balanced_low_0": "balanced", "sequential": "sequential", "cpu": "cpu"}
ACCELERATORS = ("cuda", "xpu", "npu", "hpu", "mlu", "mps")
# What a process's own device is called: PartialState().process_index, LOCAL_RANK, torch.cuda.current_device(), …
OWN_DEVICE = re.compile(r"rank|process_index|current_device|partialstate|accelerator|kbit_device_map|\bdevice\b", re.IGNORECASE)


def device_map(node: Node) -> Node:
    """The vocabulary's word for a `device_map`; null stays null, what cannot be told becomes unknown."""
    own = own_device(node)
    if own is not None:
        return own
    return each(node, lambda option: own_device(option) or convert(option))


def own_device(node: Node) -> Node | None:
    """`per-rank` for a value that is each process's own device, also where it falls back to another one without a launcher.

    `get_kbit_device_map() if quantized else None` is two things.
    """
    if isinstance(node, Mapping):
        inner = node.get("")
        return said(node, "per-rank") if inner is not None and len(node.entries) == 1 and own_device(inner) else None
    found = leaves(node)
    if not any(is_own(option) for option in found):
        return None
    if all(is_own(option) or (isinstance(option, Scalar | Unknown) and not is_null(option)) for option in found):
        return said(found[0], "per-rank")
    return None


def is_own(option: Node) -> bool:
    """Whether a value is named like a process's own device."""
    if isinstance(option, Unknown):
        return bool(OWN_DEVICE.search(option.hint))
    if isinstance(option, Call):
        inner = device_object(option)
        return bool(OWN_DEVICE.search(option.function)) if inner is None else any(is_own(leaf) for leaf in leaves(inner))
    if isinstance(option, Reference):
        return bool(OWN_DEVICE.search(option.name.rpartition(".")[2]))
    if isinstance(option, Mapping):
        inner = option.get("")
        return inner is not None and len(option.entries) == 1 and any(is_own(leaf) for leaf in leaves(inner))
    return False


def device_object(option: Node) -> Node | None:
    """What says which device a `torch.device("cuda", 1)` is: its number, else its name; None for anything else."""
    if not isinstance(option, Call) or not option.function.endswith(".device"):
        return None
    return option.argument("index", 1) or option.argument("device", 0)


def convert(option: Node) -> Node:
    """One value of a device map."""
    if is_null(option):
        return option
    if isinstance(option, Mapping):
        return mapping(option)
    if isinstance(option, Scalar):
        written = string(option)
        known = NAMED.get(written) if written is not None else None
        return said(option, known) if known else device(option)
    return device(option)


def mapping(option: Mapping) -> Node:
    """A mapping of modules to devices: one device for all of them, `offload` when parts stay off the GPUs, or `custom`."""
    if option.open or not option.entries:
        return unclear(option)
    places = [device(entry.value) for entry in option.entries.values()]
    names = {string(place) for place in places}
    if len(names) == 1 and None not in names:
        return said(places[0] if len(places) == 1 else option, names.pop())
    if any(name in OFFLOADED for name in names):
        return said(option, "offload")
    return said(option, "custom") if len(option.entries) > 1 and None not in names else unclear(option)


def device(node: Node) -> Node:
    """A device by number or name: `cuda` without a number is the process's current one."""

    def one_device(option: Node) -> Node:
        if (inner := device_object(option)) is not None:
            return each(device(inner), lambda found: said(option, found.value) if isinstance(found, Scalar) else unclear(option))
        if not isinstance(option, Scalar) or isinstance(option.value, bool):
            return unclear(option)
        value = option.value
        if isinstance(value, int):
            return said(option, f"device:{value}")
        name, _, number = str(value).partition(":")
        if name.isdecimal():
            return said(option, f"device:{name}")
        if name in ACCELERATORS:
            return said(option, f"device:{number}" if number.isdecimal() else "per-rank")
        return said(option, name) if name in ("cpu", "disk") else unclear(option)

    return each(node, one_device)
