"""optimum-habana: Gaudi's trainers, and transformers changed for Gaudi.

What is known of CUDA kernels, bitsandbytes and DeepSpeed does not carry over to HPUs and Habana's own DeepSpeed: the run's
framework switches the rules of other frameworks off.
"""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.training_arguments import read_training_arguments
from qp_lint.frameworks.values import Reader, fields
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call

NAME = "optimum-habana"


def mark(call: Call, builder: RunBuilder) -> None:
    """The run is Gaudi's whatever trains."""
    builder.put("framework", NAME, key="optimum.habana", framework=NAME, rank=Rank.FORCED, span=call.name_span)


def trainer(call: Call, builder: RunBuilder) -> None:
    """`GaudiTrainer(model, gaudi_config, args, …)`, `GaudiSFTTrainer(model, args, …)`."""
    mark(call, builder)
    reader = Reader(builder, fields(call, "model"), NAME, Rank.CODE)
    reader.say("train.trainer", call.function.rpartition(".")[2], "GaudiTrainer", span=call.name_span)
    registry.read(reader.get("args"), builder)
    registry.read(reader.get("model"), builder)


def arguments(call: Call, builder: RunBuilder) -> None:
    """`GaudiTrainingArguments(…)`: transformers' and more."""
    read_training_arguments(fields(call, "output_dir"), builder, framework=NAME, defaults=False)


FRAMEWORK = Framework(
    name=NAME,
    packages=("optimum",),
    words=("optimum.habana", "Gaudi"),
    calls={
        "optimum:Gaudi*Trainer": trainer,
        "optimum:GaudiTrainingArguments": arguments,
        "optimum:adapt_transformers_to_gaudi": mark,
    },
    roots=("optimum:Gaudi*Trainer",),
    globals=("optimum:adapt_transformers_to_gaudi",),
)
