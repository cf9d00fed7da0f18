"""transformers: loading models, TrainingArguments, Trainer."""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.environment import read_environment
from qp_lint.frameworks.loaders import LOADERS
from qp_lint.frameworks.models import CHAINED, read_from_config, read_from_pretrained, read_method
from qp_lint.frameworks.training_arguments import read_optimizers, read_training_arguments
from qp_lint.frameworks.training_writes import WRITES
from qp_lint.frameworks.values import Reader, fields, is_null
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call

# Head classes, base classes and Auto classes; tokenizers, processors and configurations are named otherwise.  Two packages have
# Auto classes that load as transformers' do: modelscope (utils/hf_util.py), liger_kernel (transformers/auto_model.py).
MODELS = (
    *("transformers:AutoModel*", "transformers:*For*", "transformers:*Model", "transformers:*LMHeadModel"),
    *("modelscope:AutoModel*", "liger_kernel:AutoLigerKernelFor*"),
)
LOADS = tuple(f"{name}.from_pretrained" for name in MODELS)


def training_arguments(call: Call, builder: RunBuilder) -> None:
    """`TrainingArguments(…)` and what inherits it."""
    if builder.known("launch.launcher") in (None, "python"):
        read_environment(builder)
    read_training_arguments(fields(call, "output_dir"), builder)


def trainer(call: Call, builder: RunBuilder) -> None:
    """`Trainer(model, args, …)`."""
    reader = Reader(builder, fields(call, "model", "args"), "transformers", Rank.CODE)
    reader.say("train.trainer", call.function.rpartition(".")[2], "Trainer", span=call.name_span)
    registry.read(reader.get("args"), builder)
    read_optimizers(reader)
    model = reader.get("model")
    if model is not None and not is_null(model):
        registry.read(model, builder)


def finish(builder: RunBuilder) -> None:
    """What a script does with its trainer in the end."""
    call = next((call for call in builder.calls if call.function == ".save_model"), None)
    if call is not None and builder.is_set("train.trainer"):
        span = call.name_span or call.span
        builder.put("transformers.save_model", True, key="save_model", framework="transformers", rank=Rank.CODE, span=span)


FRAMEWORK = Framework(
    name="transformers",
    packages=("transformers",),
    words=("transformers", "from_pretrained", "from_quantized"),
    calls={
        "transformers:*.from_pretrained": read_from_pretrained,
        "modelscope:AutoModel*.from_pretrained": read_from_pretrained,
        "liger_kernel:AutoLigerKernelFor*.from_pretrained": read_from_pretrained,
        "transformers:AutoModel*.from_config": read_from_config,
        "transformers:*TrainingArguments": training_arguments,
        "transformers:*Trainer": trainer,
        **{f":{name}": read_method for name in CHAINED},
        **LOADERS,
    },
    roots=("transformers:*Trainer",),
    loads=(*LOADS, *LOADERS),
    finish=finish,
    writes=WRITES,
)
