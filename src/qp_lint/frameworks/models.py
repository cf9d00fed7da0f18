"""Loading a model with transformers' from_pretrained, and what a script then does to the model."""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.adapters import read_peft_config
from qp_lint.frameworks.base import CallReader
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.devices import device_map
from qp_lint.frameworks.quantization import read_legacy, read_quantization
from qp_lint.frameworks.values import Reader, boolean, dtype, fields, integer, is_null, one, unclear, word
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Mapping, Node, Reference, Scalar, leaves, string

NOT_MODELS = ("Tokenizer", "TokenizerFast", "Processor", "Config", "FeatureExtractor", "ImageProcessor", "Scheduler")
# Whose calls give another object than the model; peft's prepare_model_for_kbit_training gives the model back.
WRAPPERS = ("peft.", "torch.")
CASTS = {".half": "half", ".float": "float", ".bfloat16": "bfloat16"}
# Calls after which transformers knows of ZeRO-3, if the run uses it.
ANNOUNCERS = ("TrainingArguments", "HfDeepSpeedConfig", "Accelerator", "HfTrainerDeepSpeedConfig", "zero.Init")
TRL_CONFIGS = (
    "SFTConfig",
    "DPOConfig",
    "GRPOConfig",
    "KTOConfig",
    "RewardConfig",
    "ORPOConfig",
    "CPOConfig",
    "RLOOConfig",
    "PPOConfig",
)


def read_from_pretrained(call: Call, builder: RunBuilder) -> None:
    """`AutoModelForCausalLM.from_pretrained(name, …)` and every other model class; tokenizers and the like are left alone."""
    owner = call.function.rpartition(".")[0].rpartition(".")[2]
    if owner.endswith(NOT_MODELS):
        return
    reader = Reader(builder, fields(call, "pretrained_model_name_or_path"), "transformers", Rank.CODE)
    reader.say("model.load_api", "from_pretrained", "from_pretrained", span=call.name_span)
    name = reader.get("pretrained_model_name_or_path")
    if name is not None:
        read_checkpoint(name, builder, framework="transformers")
    read_load_options(reader)
    read_order(call, builder)
    read_effects(call, builder)


def read_load_options(reader: Reader) -> None:
    """The keywords of from_pretrained, also where they are `model_init_kwargs`; the checkpoint was read before."""
    read_legacy(reader)
    if reader.has("quantization_config"):
        read_quantization(reader.get("quantization_config"), reader.builder, framework=reader.framework, rank=reader.rank)
    elif reader.tree.open:
        reader.unsure("quantization.method", "quantization_config")
    read_dtype(reader)
    if reader.has("device_map"):
        reader.put("device_map", "model.device_map", device_map)
    elif reader.tree.open:
        reader.unsure("model.device_map", "device_map")
    reader.put("low_cpu_mem_usage", "model.low_cpu_mem_usage", boolean)
    reader.put("attn_implementation", "model.attn", word)
    if reader.has("tp_plan"):
        reader.put("tp_plan", "model.tp_plan", word)
    read_distributed_config(reader)


def read_distributed_config(reader: Reader) -> None:
    """`DistributedConfig(tp_size=…, fsdp_size=…)`: transformers 5 itself shards the model while it is loaded."""
    config = reader.get("distributed_config")
    if not isinstance(config, Call):
        return
    span = reader.tree.entries["distributed_config"].span
    reader.say("transformers.distributed_config", True, "distributed_config", span=span)
    reader.say("parallel.strategy", "other", "distributed_config", span=span)
    sizes = reader.inside(fields(config))
    for name in ("tp_size", "fsdp_size", "dp_replicate_size", "pp_size"):
        sizes.put(name, f"transformers.distributed_config.{name}", integer)


def read_dtype(reader: Reader) -> None:
    """`dtype`, before transformers 4.56 `torch_dtype`: "auto" is the checkpoint's, so is leaving it out from 5.0 on."""
    builder = reader.builder
    written = {name: reader.get(name) for name in ("dtype", "torch_dtype")}
    name = next((name for name, node in written.items() if not is_null(node)), "dtype")
    node = None if is_null(written[name]) else written[name]
    if node is not None and string(node) != "auto":
        reader.put(name, "model.dtype", dtype)
    elif reader.tree.open:
        reader.unsure("model.dtype", "dtype")
    elif node is not None:
        if not builder.is_set("model.dtype"):
            reader.say("model.dtype", unclear(node), "dtype", rank=Rank.DEFAULT)
    elif builder.versions.at_least("transformers", "5.0") is False:
        quantized = builder.known("quantization.method") == "bitsandbytes"
        reader.say("model.dtype", "float16" if quantized else "float32", "torch_dtype", rank=Rank.DEFAULT, span=reader.tree.span)


def read_order(call: Call, builder: RunBuilder) -> None:
    """Whether the model is loaded before anything announces ZeRO-3 (a rule asks for it only where the stage is 3)."""
    if call.order < 0:
        return
    names = (*ANNOUNCERS, *TRL_CONFIGS)
    orders = [other.order for other in builder.calls if other.function.endswith(names) and builder.takes(other.when)]
    engines = any(other.function == "deepspeed.initialize" for other in builder.calls)
    if orders or engines:
        before = not orders or min(orders) > call.order
        builder.put(
            "model.loaded_before_zero3",
            before,
            key="from_pretrained",
            framework="transformers",
            rank=Rank.CODE,
            span=call.name_span,
        )


def read_from_config(call: Call, builder: RunBuilder) -> None:
    """`from_config(config)`: a model without weights is not quantized."""
    builder.put("model.load_api", "from_config", key="from_config", framework="transformers", rank=Rank.CODE, span=call.name_span)
    read_effects(call, builder)


def read_method(call: Call, builder: RunBuilder) -> None:
    """A method whose result is the model itself (`model = model.to(…)`): what is done to it is read with the model."""
    registry.read(call.receiver, builder)


def read_effects(model: Call, builder: RunBuilder) -> None:
    """Record what is done to a model in place; `model` is the call whose value it is."""
    builder.models.append(model)
    if model.order < 0:
        return
    for call in builder.calls:
        same = isinstance(call.receiver, Call) and call.receiver.order == model.order
        if same and call.function in EFFECTS and builder.takes(call.when):
            EFFECTS[call.function](call, builder)


def say(builder: RunBuilder, setting: str, value: Node | str | bool, call: Call) -> None:
    """Record what a method call on the model means."""
    span = None if isinstance(value, Node) else call.name_span or call.span
    builder.put(setting, value, key=call.function[1:], framework="transformers", rank=Rank.CODE, span=span)


def on_wrapper(call: Call) -> bool:
    """Whether a method is that of a wrapper (peft's, torch's): transformers guards the methods of its own models only."""
    owner = call.receiver
    while isinstance(owner, Call) and owner.function.startswith("."):
        owner = owner.receiver
    return isinstance(owner, Call) and owner.function.startswith(WRAPPERS) and not owner.function.endswith("_training")


def cast(call: Call, builder: RunBuilder) -> None:
    """`.half()` and its like."""
    if not on_wrapper(call):
        say(builder, "model.cast", CASTS[call.function], call)


def is_dtype(node: Node | None) -> bool:
    """Whether a value is one of torch's dtypes."""
    return isinstance(node, Reference) and string(dtype(node)) is not None


def moved(call: Call, builder: RunBuilder) -> None:
    """`.to(…)` is a cast when a dtype is among its arguments, else it moves the model, as `.cuda()` does."""
    given = (*call.args, *(entry.value for entry in call.keywords.values()))
    if on_wrapper(call) or (not given and call.function == ".to"):
        return
    if any(is_dtype(leaf) for argument in given for leaf in leaves(argument)) and any(
        is_dtype(one(each, builder)) for each in given
    ):
        say(builder, "model.cast", "to", call)
    else:
        say(builder, "model.moved", call.function[1:], call)


def checkpointing(call: Call, builder: RunBuilder) -> None:
    """`.gradient_checkpointing_enable(gradient_checkpointing_kwargs=…)`."""
    say(builder, "train.gradient_checkpointing", True, call)
    kwargs = one(call.argument("gradient_checkpointing_kwargs", 0), builder)
    if isinstance(kwargs, Mapping):
        Reader(builder, kwargs, "transformers", Rank.CODE).put("use_reentrant", "train.reentrant", boolean)


def adapter(call: Call, builder: RunBuilder) -> None:
    """`.add_adapter(config)` attaches a new adapter."""
    config = one(call.argument("adapter_config", 0), builder)
    if isinstance(config, Call):
        say(builder, "transformers.add_adapter", True, call)
    if isinstance(config, Scalar):  # PeftModel.add_adapter(name, config)
        config = one(call.argument("peft_config", 1), builder)
    read_peft_config(config, builder, key="add_adapter")


def loaded_adapter(call: Call, builder: RunBuilder) -> None:
    """`.load_adapter(…)`: which method it is stands in files elsewhere."""
    if not builder.is_set("tuning.method"):
        say(builder, "tuning.method", unclear(call), call)


def resized(call: Call, builder: RunBuilder) -> None:
    """`.resize_token_embeddings(…)`: new rows are drawn around the mean of the old ones unless `mean_resizing=False`."""
    say(builder, "tuning.resize_vocab", True, call)
    reader = Reader(builder, fields(call, "new_num_tokens", "pad_to_multiple_of", "mean_resizing"), "transformers", Rank.CODE)
    reader.put("mean_resizing", "transformers.mean_resizing", boolean, default=True)


def flagged(setting: str) -> CallReader:
    """A reader of a method whose call alone says it."""
    return lambda call, builder: say(builder, setting, True, call)


def frozen(call: Call, builder: RunBuilder) -> None:
    """`.requires_grad_(…)` on the model itself: which part is trained cannot be told."""
    if not builder.is_set("tuning.method"):
        say(builder, "tuning.method", unclear(call), call)


EFFECTS: dict[str, CallReader] = {
    **dict.fromkeys(CASTS, cast),
    **dict.fromkeys((".to", ".cuda"), moved),
    ".gradient_checkpointing_enable": checkpointing,
    ".add_adapter": adapter,
    ".load_adapter": loaded_adapter,
    ".requires_grad_": frozen,
    ".resize_token_embeddings": resized,
    ".merge_and_unload": flagged("tuning.merged"),
    ".dequantize": flagged("quantization.dequantize"),
}
CHAINED = (
    *(".half", ".float", ".bfloat16", ".to", ".cuda", ".cpu", ".eval", ".train", ".requires_grad_", ".merge_and_unload"),
    *(".add_adapter", ".unload", ".dequantize", ".to_bettertransformer", ".get_base_model"),
)
