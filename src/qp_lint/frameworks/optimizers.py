"""Optimizer objects of a script, by the names that transformers' `optim` has for them (training_args.py, OptimizerNames)."""

from __future__ import annotations

from qp_lint.frameworks.values import flag, one, said
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Node

NAMES = {
    "bitsandbytes": {
        **{"Adam8bit": "adamw_bnb_8bit", "AdamW8bit": "adamw_bnb_8bit", "PagedAdamW8bit": "paged_adamw_8bit"},
        **{"PagedAdam8bit": "paged_adamw_8bit", "PagedAdamW": "paged_adamw_32bit", "PagedAdamW32bit": "paged_adamw_32bit"},
        **{"Lion8bit": "lion_8bit", "PagedLion8bit": "paged_lion_8bit", "Lion32bit": "lion_32bit", "Lion": "lion_32bit"},
        **{"AdEMAMix8bit": "ademamix_8bit", "PagedAdEMAMix8bit": "paged_ademamix_8bit", "RMSprop8bit": "rmsprop_bnb_8bit"},
    },
    "torchao": {"AdamW8bit": "adamw_torch_8bit", "Adam8bit": "adamw_torch_8bit", "AdamW4bit": "adamw_torch_4bit"},
    "torch": {"AdamW": "adamw_torch", "SGD": "sgd", "Adagrad": "adagrad", "RMSprop": "rmsprop"},
    "transformers": {"Adafactor": "adafactor"},
}


def read_optimizer(node: Node | None, builder: RunBuilder, *, framework: str) -> None:
    """Record an optimizer object under the name of its kind, if it has one."""
    found = one(node, builder)
    if isinstance(found, Call):
        package, _, path = found.function.partition(".")
        name = NAMES.get(package, {}).get(path.rpartition(".")[2])
        if name == "adamw_torch" and flag(found.argument("fused")):
            name = "adamw_torch_fused"
        if name is not None:
            place = said(found, name)
            builder.put("train.optimizer", place, key="optimizer", framework=framework, rank=Rank.CODE, span=found.name_span)
