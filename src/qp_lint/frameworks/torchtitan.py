"""torchtitan: pretraining with FSDP2, tensor and context parallelism; float8 and MXFP8 training go with all of them.

Only what tells such a run apart is read: there is no quantized checkpoint and no adapter in it.  Facts: torchtitan 0.1.0 to 0.2.2
(run_train.sh, torchtitan/train.py, TOML configurations); later releases keep configurations in Python.
"""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.overrides import from_flags, laid_over
from qp_lint.frameworks.values import Reader, integer, number
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, Scalar, string

NAME = "torchtitan"
DEGREES = {
    "tensor_parallel_degree": "parallel.tp.size",
    "context_parallel_degree": "parallel.cp.size",
    "pipeline_parallel_degree": "parallel.pp.size",
}
FLOATS = ("float8", "mx", "mxfp8")


def run_train(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`NGPU=8 CONFIG_FILE=x.toml ./run_train.sh --section.key value`, or with MODULE and CONFIG."""
    if not builder.env.keys() & {"CONFIG_FILE", "CONFIG", "MODULE"}:
        return []
    count = number(builder.pick(builder.env["NGPU"])) if "NGPU" in builder.env else 8
    place = builder.env["NGPU"].span if "NGPU" in builder.env else None
    builder.put("launch.launcher", "torchrun", key="run_train.sh", framework=NAME, rank=Rank.COMMAND)
    if count is not None:
        builder.put("launch.processes", count, key="NGPU", framework=NAME, rank=Rank.ENVIRONMENT, span=place)
    read(words, builder)
    return None


def module(words: list[Node], builder: RunBuilder) -> None:
    """`torchrun … -m torchtitan.train --job.config_file x.toml`."""
    read(words, builder)


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """`torchtitan/train.py` under torchrun."""
    if not f"/{posixpath.normpath(script)}".endswith("/torchtitan/train.py"):
        return False
    read(arguments, builder)
    return True


def read(words: list[Node], builder: RunBuilder) -> None:
    """The flags; the configuration behind them is not read, so that what they leave out is not known."""
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    builder.put("purpose", "train", key="train", framework=NAME, rank=Rank.FILE)
    builder.put("tuning.method", "full", key="train", framework=NAME, rank=Rank.DEFAULT)
    place = words[0].span if words else None
    tree = laid_over(Mapping(span=place), from_flags(words), builder.covers)
    reader = Reader(builder, tree, NAME, Rank.COMMAND)
    section = reader.section("parallelism")
    for name, setting in DEGREES.items():
        section.put(name, setting, integer)
    reader.unsure("parallel.strategy", "parallelism")
    converters = reader.section("model").get("converters")
    if any(word in FLOATS for word in (string(converters) or "").replace(".", ",").split(",")):
        reader.say("train.fp8", True, "converters", span=(converters or Scalar(None)).span)


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME,),
    programs={"run_train.sh": run_train},
    modules={"torchtitan.train": module},
    scripts=("*/torchtitan/train.py",),
    claims=claims,
)
