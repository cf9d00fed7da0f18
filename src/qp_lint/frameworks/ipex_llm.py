"""ipex-llm (before: bigdl-llm): a model that it loads is none of transformers', and it changes DeepSpeed as well.

Fact: `ipex_llm.transformers.AutoModelForCausalLM` with a `BitsAndBytesConfig` under ZeRO-3 is a supported example of its own,
so the rules of other frameworks are switched off by the run's framework.
"""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.models import read_effects
from qp_lint.frameworks.values import one
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call

PACKAGES = ("ipex_llm", "bigdl")


def mark(call: Call, builder: RunBuilder) -> None:
    """The run is ipex-llm's whatever trains."""
    builder.put("framework", "ipex-llm", key="ipex_llm", framework="ipex-llm", rank=Rank.FORCED, span=call.name_span)


def loaded(call: Call, builder: RunBuilder) -> None:
    """`AutoModelForCausalLM.from_pretrained(…)` of ipex-llm."""
    mark(call, builder)
    read_effects(call, builder)


def wrapped(call: Call, builder: RunBuilder) -> None:
    """Its `get_peft_model` and `prepare_model_for_kbit_training`: the model comes first."""
    mark(call, builder)
    registry.read(one(call.argument("model", 0), builder), builder)


FRAMEWORK = Framework(
    name="ipex-llm",
    packages=PACKAGES,
    words=("ipex_llm", "bigdl.llm"),
    calls={
        **{f"{package}:*.from_pretrained": loaded for package in PACKAGES},
        **{
            f"{package}:{name}": wrapped for package in PACKAGES for name in ("get_peft_model", "prepare_model_for_kbit_training")
        },
    },
    loads=tuple(f"{package}:AutoModel*.from_pretrained" for package in PACKAGES),
)
