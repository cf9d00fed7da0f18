"""torchtitan: pretraining with FSDP2, tensor and context parallelism; float8 and MXFP8 training go with all of them.

Only what tells such a run apart is read: there is no quantized checkpoint and no adapter in it.  Facts: torchtitan 0.1.0 to 0.2.2
(run_train.sh, torchtitan/train.py, TOML configurations); later releases keep configurations in Python.
"""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.overrides import from_flags, laid_over
from qp_lint.frameworks.values import Reader, integer, number, text
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, Scalar, Sequence

NAME = "torchtitan"
CONFIG_FLAGS = ("job.config_file", "job.config-file")
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
    read(words, builder, builder.env.get("CONFIG_FILE"))
    return None


def module(words: list[Node], builder: RunBuilder) -> None:
    """`torchrun … -m torchtitan.train --job.config_file x.toml`."""
    read(words, builder, None)


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """`torchtitan/train.py` under torchrun."""
    if not f"/{posixpath.normpath(script)}".endswith("/torchtitan/train.py"):
        return False
    read(arguments, builder, None)
    return True


def read(words: list[Node], builder: RunBuilder, config: Node | None) -> None:
    """The configuration with the flags over it."""
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    builder.put("purpose", "train", key="train", framework=NAME, rank=Rank.FILE)
    builder.put("tuning.method", "full", key="train", framework=NAME, rank=Rank.DEFAULT)
    flags = from_flags(words)
    named = config or next((flags.entries[name].value for name in CONFIG_FLAGS if name in flags.entries), None)
    found = builder.open_data(text(named) or "") if named is not None else None
    tree = laid_over(found if isinstance(found, Mapping) else Mapping(open=True), flags)
    reader = Reader(builder, tree, NAME, Rank.FILE)
    section = reader.section("parallelism")
    for name, setting in (("tensor_parallel_degree", "parallel.tp.size"), ("context_parallel_degree", "parallel.cp.size")):
        section.put(name, setting, integer)
    section.put("pipeline_parallel_degree", "parallel.pp.size", integer)
    if number(section.get("data_parallel_shard_degree") or Scalar(-1)) != 1:  # -1: all that the others leave
        section.say("parallel.fsdp.version", 2, "data_parallel_shard_degree", rank=Rank.DEFAULT)
    converters = reader.section("model").get("converters")
    if isinstance(converters, Sequence) and any((text(item) or "").endswith(FLOATS) for item in converters.items):
        reader.say("train.fp8", True, "converters", span=converters.span)


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME,),
    programs={"run_train.sh": run_train},
    modules={"torchtitan.train": module},
    scripts=("*/torchtitan/train.py",),
    claims=claims,
)
