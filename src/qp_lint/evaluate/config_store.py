"""Hydra's ConfigStore: configurations that a program registers, mostly data classes (hydra-core 1.3, core/config_store.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qp_lint.evaluate.datafiles import structured
from qp_lint.tree import Call, Mapping, Unknown, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def stored(run: Interpreter, group: str, name: str) -> Mapping | None:
    """What the program registered with `cs.store(group=…, name=…, node=…)`, the last of that name; None if nothing."""
    for made in reversed(run.calls):
        receiver = made.receiver
        if made.function != ".store" or not isinstance(receiver, Call) or not receiver.function.endswith("ConfigStore.instance"):
            continue
        its_group = made.argument("group", 2)
        if string(made.argument("name", 0)) == name and (string(its_group) or "") == group:
            found = structured(run, made.argument("node", 1) or Unknown())
            return found if isinstance(found, Mapping) else None
    return None
