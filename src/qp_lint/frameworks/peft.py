"""peft: adapters attached to a model."""

from __future__ import annotations

from qp_lint import frameworks as registry
from qp_lint.frameworks.adapters import CLASSES, read_fields, read_peft_config, read_saved_adapter
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.models import read_effects, read_load_options
from qp_lint.frameworks.values import Reader, boolean, fields, one, said
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Node

# Methods of a model that leave what is trainable as it is.
HARMLESS = frozenset(
    {
        *(".print_trainable_parameters", ".get_nb_trainable_parameters", ".num_parameters", ".get_memory_footprint"),
        *(".train", ".eval", ".to", ".cuda", ".half", ".float", ".bfloat16", ".save_pretrained", ".push_to_hub", ".generate"),
        *(".gradient_checkpointing_enable", ".enable_input_require_grads", ".state_dict"),
    }
)


def get_peft_model(call: Call, builder: RunBuilder) -> None:
    """`get_peft_model(model, peft_config)`."""
    registry.read(one(call.argument("model", 0), builder), builder)
    read_peft_config(call.argument("peft_config", 1), builder)
    if builder.is_set("peft.frozen"):  # adapters upon adapters: the new ones are trained
        builder.put("peft.frozen", None, key="get_peft_model", framework="peft", rank=Rank.CODE)
    read_effects(call, builder)


def prepare_for_kbit(call: Call, builder: RunBuilder) -> None:
    """`prepare_model_for_kbit_training(model)`: freezes the base and casts what is not quantized to float32."""
    registry.read(one(call.argument("model", 0), builder), builder)
    builder.put(
        "tuning.kbit_prepared", True, key="prepare_model_for_kbit_training", framework="peft", rank=Rank.CODE, span=call.name_span
    )
    reader = Reader(builder, fields(call, "model", "use_gradient_checkpointing"), "peft", Rank.CODE)
    reader.put("use_gradient_checkpointing", "train.gradient_checkpointing", boolean)
    read_effects(call, builder)


def peft_from_pretrained(call: Call, builder: RunBuilder) -> None:
    """`PeftModel.from_pretrained(model, adapter)`."""
    registry.read(one(call.argument("model", 0), builder), builder)
    builder.put("tuning.adapters", 1, key="PeftModel.from_pretrained", framework="peft", rank=Rank.CODE, span=call.name_span)
    read_saved_adapter(call.argument("model_id", 1), builder)
    read_frozen(call, ("model", "model_id", "adapter_name", "is_trainable"), builder)
    read_effects(call, builder)


def auto_peft(call: Call, builder: RunBuilder) -> None:
    """`AutoPeftModelForCausalLM.from_pretrained(adapter, …)` loads the base model that the adapter names."""
    reader = Reader(builder, fields(call, "pretrained_model_name_or_path"), "peft", Rank.CODE)
    reader.say("model.load_api", "from_pretrained", "from_pretrained", span=call.name_span)
    name = reader.get("pretrained_model_name_or_path")
    base = read_saved_adapter(name, builder)
    if base is not None and name is not None:
        read_checkpoint(said(name, base), builder, framework="peft", key="base_model_name_or_path")
    read_load_options(reader)
    read_frozen(call, ("pretrained_model_name_or_path", "adapter_name", "is_trainable"), builder)
    read_effects(call, builder)


def read_frozen(call: Call, positions: tuple[str, ...], builder: RunBuilder) -> None:
    """Record that an adapter is loaded frozen, as it is without `is_trainable=True`, and that nothing can have freed it since."""
    reader = Reader(builder, fields(call, *positions), "peft", Rank.CODE, implied_by=call.name_span)
    reader.put("is_trainable", "peft.is_trainable", boolean, default=False)
    frozen = builder.known("peft.is_trainable") is False and not may_be_freed(call, builder)
    reader.say("peft.frozen", frozen or None, "is_trainable", span=call.name_span)


def may_be_freed(model: Call, builder: RunBuilder) -> bool:
    """Whether anything may make parameters of a model trainable: a write, a method that is not known to leave them, a function.

    Calls that a framework reads (trainers, what prepares and wraps a model) are known.
    """
    if model.order < 0 or any(key.endswith("requires_grad") for key in model.keywords):
        return True
    base = one(model.argument("model", 0), builder)
    same = {model.order} | ({base.order} if isinstance(base, Call) else set())
    trainings = [call.order for call in builder.calls if call.function == ".train" and is_trainer(call.receiver)]
    for call in builder.calls:
        if call.order <= model.order or (trainings and call.order > max(trainings)):
            continue
        receiver = call.receiver
        if isinstance(receiver, Call) and receiver.order in same:
            if call.function not in HARMLESS:
                return True
        elif registry.reader_of(call.function) is None:
            given = (*call.args, *(entry.value for entry in call.keywords.values()))
            if any(isinstance(node, Call) and node.order in same for node in given):
                return True
    return False


def is_trainer(node: Node | None) -> bool:
    """Whether a value is what a call that starts training gave."""
    return isinstance(node, Call) and registry.is_root(node.function)


def config(call: Call, builder: RunBuilder) -> None:
    """An adapter configuration met by itself."""
    name = call.function.rpartition(".")[2]
    read_fields(CLASSES.get(name, "other-peft"), Reader(builder, fields(call), "peft", Rank.CODE), name)


def finish(builder: RunBuilder) -> None:
    """peft's own wrap policy puts what is trained into FSDP units of its own; scripts hand it over in several ways."""
    call = next((call for call in builder.calls if call.function.endswith(".fsdp_auto_wrap_policy")), None)
    if call is not None:
        builder.put("peft.wrap_policy", True, key="fsdp_auto_wrap_policy", framework="peft", rank=Rank.CODE, span=call.name_span)


FRAMEWORK = Framework(
    name="peft",
    packages=("peft",),
    words=("peft", "LoraConfig"),
    calls={
        "peft:get_peft_model": get_peft_model,
        "peft:prepare_model_for_kbit_training": prepare_for_kbit,
        "peft:prepare_model_for_int8_training": prepare_for_kbit,
        "peft:Peft*.from_pretrained": peft_from_pretrained,
        "peft:AutoPeft*.from_pretrained": auto_peft,
        "peft:*Config": config,
    },
    loads=("peft:AutoPeft*.from_pretrained",),
    finish=finish,
)
