"""What LLaMA-Factory's options mean: its own keys as they are, and the settings that all frameworks share."""

from __future__ import annotations

import dataclasses

from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.llamafactory.defaults import BESIDE, DEFAULTS, ON, SWITCHES, default_method, method_of
from qp_lint.frameworks.llamafactory.values import by_release, enabled
from qp_lint.frameworks.training_arguments import read_training_arguments
from qp_lint.frameworks.values import Reader, boolean, each, flag, integer, inverted, is_null, said, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Choice, Entry, Mapping, Node, Plain, Scalar, Sequence, possible, string

NAME = "llamafactory"
STAGES = {"pt": "pretrain", "sft": "sft", "rm": "reward", "ppo": "ppo", "dpo": "dpo", "kto": "kto"}
# Options whose absence rules ask for: not known to be absent where the options are not all known.
ASKED = ("dataset", "eval_dataset", "reward_model", "adapter_name_or_path", "export_quantization_dataset")
FILLED = ("add_tokens", "add_special_tokens", "new_special_tokens", "new_special_tokens_config")


def read_options(tree: Mapping, given: dict[str, Entry], builder: RunBuilder, *, command: str, rank: Rank = Rank.FILE) -> None:
    """Record all options of a run.

    `tree` holds them with the overrides `given` on the command line put in.  `command` is train, infer, eval or export; `rank`
    is who wrote the tree (a file, or the command line).
    """
    builder.versions = builder.versions.beside(NAME, BESIDE)
    reader = Reader(builder, tree, NAME, rank)
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    builder.default("llamafactory.command", command, framework=NAME, key="command")
    read_keys(reader, given)
    read_purpose(reader, command)
    name = reader.get("model_name_or_path")
    if name is not None:
        read_checkpoint(name, builder, framework=NAME, rank=rank, key="model_name_or_path")
    read_tuning(reader)
    if command == "train":
        read_training(reader)
    if not builder.known("llamafactory.use_mca"):  # else the adapter of Megatron core loads the model, by itself
        read_quantization(reader)
    read_model(reader)
    read_unknown_keys(reader, command)


def read_keys(reader: Reader, given: dict[str, Entry]) -> None:
    """Record every key under its own name, and the defaults of those that rules ask for."""
    builder, tree = reader.builder, reader.tree
    for name, entry in tree.entries.items():
        value = switch(entry.value) if name in SWITCHES else entry.value
        rank = Rank.COMMAND if name in given else reader.rank
        builder.put(f"llamafactory.{name}", value, key=name, framework=NAME, rank=rank, span=entry.value.span or entry.span)
    read_evaluation(reader)
    if tree.open:
        for name in ASKED:
            if name not in tree.entries:
                reader.unsure(f"llamafactory.{name}", name)
        return
    defaults: dict[str, Plain] = {**dict.fromkeys(SWITCHES, False), **dict.fromkeys(ON, True), **DEFAULTS}
    for name, default in defaults.items():
        if name not in tree.entries:
            builder.default(f"llamafactory.{name}", default, framework=NAME, key=name)
    if "quantization_method" not in tree.entries:
        builder.put(
            "llamafactory.quantization_method",
            by_release(builder, default_method),
            key="quantization_method",
            framework=NAME,
            rank=Rank.DEFAULT,
        )


def read_evaluation(reader: Reader) -> None:
    """An `eval_strategy` other than `no` switches do_eval on; adapters are named in one text."""
    for name in ("eval_strategy", "evaluation_strategy"):
        node = reader.get(name)
        if isinstance(node, Scalar) and node.value not in (None, False, "no"):
            reader.say("llamafactory.do_eval", True, name, span=node.span)
    if isinstance(adapters := reader.get("adapter_name_or_path"), Sequence):
        reader.say("llamafactory.adapter_is_list", True, "adapter_name_or_path", span=adapters.span)


def switch(node: Node) -> Node:
    """An option that Python asks for its truth: `1` is true, and so is any text."""

    def convert(option: Node) -> Node:
        if isinstance(option, Scalar) and option.value is not None and not isinstance(option.value, bool):
            return said(option, bool(option.value))
        return option

    return each(node, convert)


def read_purpose(reader: Reader, command: str) -> None:
    """What the run is for: `train` trains only with do_train."""
    if command != "train":
        purpose = "quantize" if command == "export" and not is_null(reader.get("export_quantization_bit")) else command
        reader.say("purpose", purpose, "command")
        return
    node = reader.get("do_train")
    if node is not None:
        reader.say("purpose", each(switch(node), lambda option: said(option, "train" if flag(option) else "eval")), "do_train")
    elif reader.tree.open:
        reader.say("purpose", "train", "train", rank=Rank.DEFAULT)
    else:
        reader.say("purpose", "eval", "do_train")


def read_tuning(reader: Reader) -> None:
    """The tuning method and what is done to the model for it."""
    builder = reader.builder
    reader.put("finetuning_type", "tuning.method", default="lora")
    reader.put("use_dora", "tuning.dora", switch, default=False)
    pissa = reader.get("pissa_init")
    if pissa is not None and flag(switch(pissa)):
        reader.say("tuning.init", "pissa", "pissa_init", span=pissa.span)
    adapters = string(reader.get("adapter_name_or_path"))
    if adapters is not None:
        reader.say(
            "tuning.adapters",
            adapters.count(",") + 1,
            "adapter_name_or_path",
            span=builder.spans_of(f"{NAME}.adapter_name_or_path")[0],
        )
    elif not reader.has("adapter_name_or_path") and not reader.tree.open:
        builder.default("tuning.adapters", 0, framework=NAME, key="adapter_name_or_path")
    for name in ("resize_vocab", *FILLED):
        node = reader.get(name)
        if not is_null(node) and node is not None and flag(switch(node)):
            reader.say("tuning.resize_vocab", True, name, span=node.span)
    target = reader.get("additional_target")
    if not is_null(target) and target is not None:
        reader.say("tuning.modules_to_save", True, "additional_target", span=target.span)


def read_training(reader: Reader) -> None:
    """The arguments of transformers' trainer, and LLaMA-Factory's own beside them."""
    builder = reader.builder
    read_training_arguments(reader.tree, builder, framework=NAME, rank=reader.rank, defaults=False)
    if not builder.is_set("train.precision"):
        builder.default("train.precision", "no", framework=NAME, key="bf16")
    builder.default("train.trainer", "Trainer", framework=NAME, key="stage")
    stage = reader.get("stage")
    reader.say("train.stage", each(stage, named_stage) if stage is not None else "sft", "stage")
    if reader.has("disable_gradient_checkpointing"):
        reader.put("disable_gradient_checkpointing", "train.gradient_checkpointing", lambda node: inverted(switch(node)))
    else:
        builder.put("train.gradient_checkpointing", True, key="disable_gradient_checkpointing", framework=NAME, rank=reader.rank)
    reader.put("use_reentrant_gc", "train.reentrant", switch, default=True)
    reader.put("fp8", "train.fp8", switch, default=False)
    for role in ("reference", "reward"):
        key = "ref_model_quantization_bit" if role == "reference" else "reward_model_quantization_bit"
        if not is_null(reader.get(key)):
            reader.put(key, f"{role}.quantization.bits", integer)


def named_stage(node: Node) -> Node:
    """A stage by its common name."""
    return said(node, STAGES.get(name, name)) if (name := string(node)) else node


def read_quantization(reader: Reader) -> None:
    """Quantization while loading; a checkpoint that is quantized already wins over it (configure_quantization)."""
    builder = reader.builder
    if builder.known("quantization.origin") == "checkpoint":
        read_stored(reader)
        return
    node = reader.get("quantization_bit")
    if node is None and reader.tree.open:
        reader.unsure("quantization.method", "quantization_bit")
    if node is None or is_null(node):
        return
    spelling = reader.get("quantization_method") or Scalar(None)
    if not isinstance(spelling, Scalar):
        reader.say("quantization.method", spelling, "quantization_method")
        return
    place = spelling.span or node.span
    methods = by_release(builder, lambda release: chosen(spelling.value, release))
    if None in values_of(methods):  # in some release at least nothing is quantized
        reader.say("llamafactory.quantization_ignored", ignored(methods), "quantization_method", span=place)
        if methods is None:
            reader.say("quantization.origin", "none", "quantization_method", span=place)
            return
    reader.say("quantization.method", methods, "quantization_method", span=place)
    reader.say("quantization.origin", "on-load", "quantization", span=node.span)
    reader.say("quantization.known_by", "argument", "quantization", span=node.span)
    reader.put("quantization_bit", "quantization.bits", lambda value: value if is_number(value) else unclear(value))
    if methods == "bitsandbytes" and builder.known("quantization.bits") == 4:
        read_four_bits(reader, node)


def values_of(value: Node | Plain) -> tuple[Plain, ...]:
    """The plain values of what `by_release` gives."""
    return possible(value)[0] if isinstance(value, Node) else (value,)


def ignored(methods: Node | Plain) -> Node | Plain:
    """Whether no method is chosen: in all releases, or in some."""
    return True if methods is None else Choice((Scalar(True), Scalar(False)))


def is_number(node: Node) -> bool:
    """Whether a value is a whole number as it stands."""
    return isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool)


def chosen(spelling: Plain, release: str) -> Plain:
    """The method that a spelling means in a release; None stands for the default."""
    return method_of(spelling if spelling is not None else default_method(release), release)


def read_four_bits(reader: Reader, node: Node) -> None:
    """bitsandbytes in 4 bits: computed and stored in the data type of the training."""
    reader.put("quantization_type", "quantization.type", default="nf4")
    reader.put("double_quantization", "quantization.double", switch, default=True)
    computed = compute_dtype(reader)
    if computed is not None:
        for name in ("compute_dtype", "storage_dtype"):
            reader.say(f"quantization.{name}", computed, "bf16", rank=Rank.DEFAULT, span=node.span)


def compute_dtype(reader: Reader) -> str | None:
    """The data type that bf16, pure_bf16 and fp16 choose, else the checkpoint's; None when it cannot be told."""
    if any(flag(boolean(found)) for name in ("bf16", "pure_bf16") if (found := reader.get(name)) is not None):
        return "bfloat16"
    if flag(reader.get("fp16")):
        return "float16"
    return None


def read_stored(reader: Reader) -> None:
    """A quantized checkpoint: how LLaMA-Factory loads it."""
    builder = reader.builder
    method = builder.known("quantization.method")
    if method == "gptq":  # use_exllama is set to false
        builder.derive("quantization.exllama", False, "quantization.method", rank=Rank.FORCED)
    newer = builder.versions.at_least(NAME, "0.9.4")
    if method in ("mxfp4", "fp8") and newer is not False:
        # FineGrainedFP8Config of transformers 4 knows no `dequantize`, and passes it over
        done = newer and (method == "mxfp4" or builder.versions.at_least("transformers", "5.0"))
        if done is not None:
            builder.derive("quantization.dequantize", bool(done), "quantization.method", rank=Rank.FORCED)


def read_model(reader: Reader) -> None:
    """How the model is loaded."""
    unsloth = reader.get("use_unsloth")
    api = "unsloth" if unsloth is not None and flag(switch(unsloth)) else "from_pretrained"
    reader.builder.default("model.load_api", api, framework=NAME, key="use_unsloth")
    if not is_null(reader.get("flash_attn")):
        reader.put("flash_attn", "model.attn")


def read_unknown_keys(reader: Reader, command: str) -> None:
    """Record the first key that LLaMA-Factory does not have: it refuses the configuration, unless ALLOW_EXTRA_ARGS is set."""
    from qp_lint.frameworks.llamafactory.keys import problem

    builder = reader.builder
    if command != "train" or enabled(builder, "ALLOW_EXTRA_ARGS") is not False or enabled(builder, "USE_MCA") is not False:
        return
    for name, entry in reader.tree.entries.items():
        why = problem(name, builder.versions)
        if why is not None:
            place = dataclasses.replace(entry, span=entry.span or entry.value.span).span
            builder.put("llamafactory.unknown_key", name, key=name, framework=NAME, rank=reader.rank, span=place)
            builder.put("llamafactory.unknown_key_hint", why, key=name, framework=NAME, rank=Rank.DEFAULT)
            return
