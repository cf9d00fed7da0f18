"""XTuner: `[NPROC_PER_NODE=N] xtuner train CONFIG [--deepspeed deepspeed_zero3]`.

Its configurations are Python files of mmengine, and what stands in them is not what runs: with ZeRO-3 and a quantized model
XTuner rewrites torch_dtype, compute and storage data type (`xtuner/model/sft.py: _prepare_for_qlora_zero3`, from 0.1.19 on).
So only the launch is read, and the rules of other frameworks leave its runs alone.
"""

from __future__ import annotations

import re

from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument
from qp_lint.frameworks.overrides import from_flags
from qp_lint.frameworks.values import integer
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Node, string

NAME = "xtuner"
_SHIPPED = re.compile(r"deepspeed_zero([123])(?:_offload)?")


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`xtuner train …`; its other commands start no training."""
    if not words or string(words[0]) != "train":
        return []
    place = words[0].span
    for setting, value in (("framework", NAME), ("purpose", "train"), ("launch.launcher", "python")):
        builder.put(setting, value, key="xtuner train", framework=NAME, rank=Rank.FILE, span=place)
    count = builder.env.get("NPROC_PER_NODE")
    if count is not None:
        builder.put("launch.launcher", "torchrun", key="NPROC_PER_NODE", framework=NAME, rank=Rank.ENVIRONMENT, span=place)
        builder.put("launch.processes", integer(count), key="NPROC_PER_NODE", framework=NAME, rank=Rank.ENVIRONMENT)
    node = from_flags(words[1:]).get("deepspeed")
    shipped = _SHIPPED.fullmatch(string(node) or "")
    if node is not None and shipped is not None:
        builder.put("parallel.zero.stage", int(shipped[1]), key="deepspeed", framework=NAME, rank=Rank.COMMAND, span=node.span)
    elif node is not None:
        read_deepspeed_argument(node, builder, framework=NAME, rank=Rank.COMMAND)
    return None


FRAMEWORK = Framework(name=NAME, packages=(NAME,), words=(NAME,), programs={NAME: cli})
