"""TRL: its trainers, their configurations, the helpers that turn a ModelConfig into quantization and adapters, its commands."""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.adapters import read_peft_config
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.environment import read_environment
from qp_lint.frameworks.models import read_from_pretrained, read_load_options
from qp_lint.frameworks.quantization import read_quantization
from qp_lint.frameworks.training_arguments import read_optimizers, read_training_arguments
from qp_lint.frameworks.training_writes import while_loading
from qp_lint.frameworks.trl_cli import claims, cli, precision, script_modules
from qp_lint.frameworks.trl_model import read_model_quantization, read_model_tuning
from qp_lint.frameworks.trl_options import create_reference_model, read_adapters, read_options, read_reference
from qp_lint.frameworks.values import Reader, fields, is_null, json_object, one, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Mapping, Node, Scalar, string

STAGES = {
    **{"SFTTrainer": "sft", "DPOTrainer": "dpo", "KTOTrainer": "kto", "GRPOTrainer": "grpo", "RLOOTrainer": "rloo"},
    **{"RewardTrainer": "reward", "ORPOTrainer": "orpo", "CPOTrainer": "cpo", "BCOTrainer": "bco", "PPOTrainer": "ppo"},
    **{"OnlineDPOTrainer": "dpo", "IterativeSFTTrainer": "sft", "XPOTrainer": "xpo", "NashMDTrainer": "nash-md"},
    **{"PRMTrainer": "prm", "GKDTrainer": "gkd", "AlignPropTrainer": "alignprop", "DDPOTrainer": "ddpo"},
}
SECOND = {
    "reward_funcs": ("GRPOTrainer", "RLOOTrainer"),
    "ref_model": ("DPOTrainer", "KTOTrainer", "BCOTrainer", "OnlineDPOTrainer"),
}


def positions(name: str, builder: RunBuilder) -> tuple[str, ...]:
    """The first positional parameters of a trainer."""
    if name == "PPOTrainer":
        older = builder.versions.at_least("trl", "0.12") is False
        return ("config", "model", "ref_model", "tokenizer") if older else ("args", "processing_class", "model")
    second = next((parameter for parameter, names in SECOND.items() if name in names), None)
    return ("model", "args") if second is None else ("model", second, "args")


def trainer(call: Call, builder: RunBuilder) -> None:
    """`SFTTrainer(model, args, …, quantization_config=…, peft_config=…)`."""
    name = call.function.rpartition(".")[2]
    reader = Reader(builder, fields(call, *positions(name, builder)), "trl", Rank.CODE)
    reader.say("train.trainer", name, name, span=call.name_span)
    if name in STAGES:
        reader.say("train.stage", STAGES[name], name, span=call.name_span)
    args = reader.get("args")
    registry.read(args, builder)
    model = reader.get("model")
    if isinstance(model, Scalar):
        if string(model):
            read_named_model(model, args, reader)
    else:
        registry.read(model, builder)
        if builder.is_set("model.load_api") and isinstance(config := reader.get("quantization_config"), Call):
            reader.say("trl.quantization_config", config.function.rpartition(".")[2], "quantization_config", span=config.span)
    read_adapters(reader)
    read_reference(reader)
    read_optimizers(reader)
    if reader.has("peft_config"):
        read_peft_config(reader.get("peft_config"), builder)
    elif reader.tree.open:
        reader.unsure("tuning.method", "peft_config")


def read_named_model(model: Node, args: Node | None, reader: Reader) -> None:
    """A trainer that gets a name loads the model itself, with `model_init_kwargs`."""
    reader.say("model.load_api", "from_pretrained", "model", span=model.span)
    read_checkpoint(model, reader.builder, framework="trl", key="model")
    kwargs: Node | None = None
    if isinstance(args, Call):
        kwargs = one(args.argument("model_init_kwargs"), reader.builder)
    if kwargs is None and reader.has("model_init_kwargs"):  # trl before 0.12
        kwargs = reader.get("model_init_kwargs")
    kwargs = json_object(kwargs) if kwargs is not None else None
    if isinstance(kwargs, Mapping):
        read_load_options(reader.inside(kwargs))
    elif kwargs is not None and not is_null(kwargs):
        reader.say("quantization.method", unclear(kwargs), "model_init_kwargs", rank=Rank.DEFAULT)
    if reader.has("quantization_config"):
        read_quantization(reader.get("quantization_config"), reader.builder, framework="trl")


def value_head(call: Call, builder: RunBuilder) -> None:
    """`AutoModelForCausalLMWithValueHead.from_pretrained(model or name, …)`: what it does not know goes on to transformers."""
    model = one(call.argument("pretrained_model_name_or_path", 0), builder)
    if isinstance(model, Call):
        registry.read(model, builder)
    else:
        read_from_pretrained(call, builder)
    adapter = call.argument("peft_config")
    if adapter is not None:
        read_peft_config(adapter, builder)
    builder.put("trl.value_head", True, key="value head", framework="trl", rank=Rank.CODE, span=call.name_span)


def config(call: Call, builder: RunBuilder) -> None:
    """`SFTConfig(…)`: TrainingArguments with other defaults (bf16 and gradient checkpointing are on in recent releases)."""
    if builder.known("launch.launcher") in (None, "python"):
        read_environment(builder)
    tree = fields(call, "output_dir")
    read_training_arguments(tree, builder, framework="trl", defaults=False)
    read_options(tree, builder, Rank.CODE)
    precision(Reader(builder, tree, "trl", Rank.CODE))


def model_config(node: Node | None, builder: RunBuilder) -> Mapping | None:
    """The fields of a ModelConfig, None when it cannot be told."""
    node = one(node, builder)
    return fields(node, "model_name_or_path") if isinstance(node, Call) and node.function.endswith("ModelConfig") else None


def get_quantization_config(call: Call, builder: RunBuilder) -> None:
    """`get_quantization_config(model_config)`."""
    tree = model_config(call.argument("model_args", 0) or call.argument("model_config"), builder)
    if tree is None:
        builder.put("quantization.method", unclear(call), key="get_quantization_config", framework="trl", rank=Rank.CODE)
        return
    read_model_quantization(tree, builder, Rank.CODE)


def get_peft_config(call: Call, builder: RunBuilder) -> None:
    """`get_peft_config(model_config)`: LoRA when `use_peft` is true."""
    tree = model_config(call.argument("model_args", 0) or call.argument("model_config"), builder)
    read_model_tuning(tree or Mapping(open=True), call, builder, Rank.CODE, "get_peft_config")


FRAMEWORK = Framework(
    name="trl",
    packages=("trl",),
    words=("trl",),
    calls={
        "trl:*Trainer": trainer,
        "trl:AutoModelFor*WithValueHead.from_pretrained": value_head,
        "trl:get_quantization_config": get_quantization_config,
        "trl:BitsAndBytesConfig": get_quantization_config,  # the same where it is sure to give one
        "trl:get_peft_config": get_peft_config,
        "trl:create_reference_model": create_reference_model,
        "trl:LoraConfig": get_peft_config,
        **{f"trl:{name.removesuffix('Trainer')}Config": config for name in STAGES},
    },
    roots=("trl:*Trainer",),
    globals=("trl:create_reference_model",),
    programs={"trl": cli},
    modules=script_modules(),
    scripts=("*/trl/scripts/*.py",),
    claims=claims,
    writes={"quantization.origin": while_loading("model_name_or_path", {"load_in_4bit": True})},
)
