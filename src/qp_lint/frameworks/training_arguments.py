"""`TrainingArguments` of transformers: as a call, as YAML keys, as command line flags, and in everything that inherits it."""

from __future__ import annotations

import dataclasses

from qp_lint.frameworks.deepspeed_config import read_deepspeed_argument
from qp_lint.frameworks.fsdp_options import fsdp_version_default, read_fsdp, words_of
from qp_lint.frameworks.optimizers import read_optimizer
from qp_lint.frameworks.parallelism import read_parallelism
from qp_lint.frameworks.values import (
    MISSING,
    Reader,
    boolean,
    each,
    first_of,
    flag,
    integer,
    is_null,
    json_object,
    lower,
    one,
    real,
    said,
    unclear,
)
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.text import Span
from qp_lint.tree import Mapping, Node, Plain, Scalar, Sequence, string

SWITCHES = (
    (("activation_checkpointing", "gradient_checkpointing"), "train.gradient_checkpointing"),  # the first from 5.23 on
    ("save_only_model", "train.save_only_model"),
    ("load_best_model_at_end", "train.load_best_model_at_end"),
    ("auto_find_batch_size", "train.auto_find_batch_size"),
)
# What a DeepSpeed configuration may say as well, with transformers' defaults (training_args.py).
NUMBERS: dict[str, Plain] = {
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "learning_rate": 5e-5,
    "weight_decay": 0.0,
    "adam_epsilon": 1e-8,
    "max_grad_norm": 1.0,
}
FSDP_DEFAULTS = {
    # transformers training_args.py: _process_fsdp_args, the same in 4.57.1 and 5.23.0
    "cpu_ram_efficient_loading": False,
    "sync_module_states": True,
    "use_orig_params": True,
}
# Arguments that may be given as the text of a JSON object (`_VALID_DICT_FIELDS`, and its older ways of the same).
MAPPINGS = ("deepspeed", "fsdp_config", "gradient_checkpointing_kwargs", "activation_checkpointing_kwargs")
SHARDING_WORDS = ("full_shard", "shard_grad_op", "no_shard", "hybrid_shard", "hybrid_shard_zero2")


def read_training_arguments(
    tree: Mapping,
    builder: RunBuilder,
    *,
    framework: str = "transformers",
    rank: Rank = Rank.CODE,
    defaults: bool = True,
) -> None:
    """Record what training arguments say.

    `tree` holds them by name; other keys are left alone.  `rank` is who says it: CODE for a call, FILE for a YAML file.
    `defaults`: whether transformers' own defaults hold for what is left out (a class that inherits may have others).
    """
    tree = with_mappings(tree)
    reader = Reader(builder, tree, framework, rank)
    node = tree.get("deepspeed")
    if node is not None:
        read_deepspeed_argument(node, builder, framework=framework, rank=rank)
        if string(one(node, builder)) or isinstance(one(node, builder), Mapping):
            reader.say("transformers.deepspeed", True, "deepspeed", span=tree.entries["deepspeed"].span or node.span)
    elif tree.open:
        reader.unsure("parallel.zero.stage", "deepspeed")
    read_fsdp_arguments(reader)
    read_precision(reader, defaults)
    read_numbers(reader, defaults)
    read_loop(reader, defaults)
    parallelism = reader.get("parallelism_config")
    if parallelism is not None:
        read_parallelism(parallelism, builder, framework=framework, rank=rank)
    if reader.has("tp_size"):  # transformers 4.50 and 4.51
        reader.put("tp_size", "parallel.tp.size", integer)


def with_mappings(tree: Mapping) -> Mapping:
    """The arguments with those read that are mappings in a string: `--fsdp_config '{"version": 2}'`."""
    written = {name: entry for name in MAPPINGS if (entry := tree.entries.get(name)) is not None and string(entry.value)}
    read = {name: dataclasses.replace(entry, value=json_object(entry.value)) for name, entry in written.items()}
    return dataclasses.replace(tree, entries={**tree.entries, **read}) if read else tree


def read_numbers(reader: Reader, defaults: bool) -> None:
    """What a DeepSpeed configuration may contradict."""
    for name, default in NUMBERS.items():
        reader.put(name, f"transformers.{name}", real, default if defaults else MISSING)
    for name in ("bf16", "fp16"):  # evaluation in it counts as well (integrations/deepspeed.py)
        spelling = f"{name}_full_eval" if flag(reader.get(f"{name}_full_eval")) else name
        reader.put(spelling, f"transformers.{name}", boolean, False if defaults else MISSING)
    if not is_null(reader.get("warmup_steps")):  # 0, the default, means warmup_ratio
        reader.put("warmup_steps", "transformers.warmup_steps", real)


def read_optimizers(trainer: Reader) -> None:
    """Record that a trainer gets an optimizer or a scheduler: `optimizers=(optimizer, scheduler)`."""
    optimizers = trainer.get("optimizers")
    if isinstance(optimizers, Sequence) and not all(map(is_null, optimizers.items)):
        trainer.say("transformers.optimizers", True, "optimizers", span=optimizers.span)
        read_optimizer(optimizers.items[0], trainer.builder, framework=trainer.framework)


def read_loop(reader: Reader, defaults: bool) -> None:
    """The optimizer, checkpointing of activations, compilation, saving."""
    reader.put("optim", "train.optimizer", lower)
    default = False if defaults else MISSING
    for name, setting in SWITCHES:
        reader.put(name, setting, boolean, default)
    kwargs = reader.section("activation_checkpointing_kwargs", "gradient_checkpointing_kwargs")
    kwargs.put("use_reentrant", "train.reentrant", boolean)
    compiled = next((name for name in ("torch_compile_backend", "torch_compile_mode") if not is_null(reader.get(name))), None)
    if compiled is not None:  # either of them switches torch_compile on
        reader.say("train.compile", True, compiled, span=reader.tree.entries[compiled].span)
    else:
        reader.put("torch_compile", "train.compile", boolean, default)
    reader.put("save_strategy", "train.saves_optimizer", saves)


def saves(node: Node) -> Node:
    """Whether a save strategy writes checkpoints."""

    def convert(option: Node) -> Node:
        strategy = string(lower(option))
        return unclear(option) if strategy is None else said(option, strategy != "no")

    return each(node, convert)


def read_precision(reader: Reader, defaults: bool) -> None:
    """Mixed precision: `bf16` or `fp16` set to true wins over what a launch says, false leaves that as it is."""
    for name in ("bf16", "fp16"):
        node = reader.get(name)
        if node is None or is_null(node):
            continue
        switch = flag(node)
        if switch is None:
            reader.say("train.precision", unclear(node), name)
        elif switch:
            reader.say("train.precision", said(node, name), name, span=node.span or reader.tree.entries[name].span)
            return
    if reader.tree.open:
        reader.unsure("train.precision", "bf16")
    elif defaults and not reader.builder.is_set("train.precision"):
        reader.builder.default("train.precision", "no", framework=reader.framework, key="bf16")


def read_fsdp_arguments(reader: Reader) -> None:
    """`fsdp` (words, a list, from transformers 5.10 also a truth value) and `fsdp_config` (a mapping or a file of one)."""
    node = reader.get("fsdp")
    if not is_null(reader.get("fsdp_config")):
        reader.say("transformers.fsdp_config", True, "fsdp_config", span=reader.tree.entries["fsdp_config"].span)
    if node is None:
        if reader.tree.open:
            reader.unsure("parallel.fsdp.version", "fsdp")
        return
    if is_off(node):
        return
    if not isinstance(node, Scalar | Sequence):
        reader.say("parallel.fsdp.version", unclear(node), "fsdp", rank=Rank.DEFAULT)
        return
    builder = reader.builder
    # accelerate's own FSDP is another thing: only this one is refused beside DeepSpeed or in one process
    reader.say(
        "transformers.fsdp", " ".join(words_of(node) or ("on",)), "fsdp", span=node.span or reader.tree.entries["fsdp"].span
    )
    options = Reader(builder, fsdp_config(reader), reader.framework, reader.rank, reader.rank, node.span)
    with builder.passing(*node.via):
        read_fsdp(options, defaults=FSDP_DEFAULTS, version=fsdp_version_default(builder))
        read_fsdp_words(node, options)
        options.put(("fsdp_min_num_params", "min_num_params"), "transformers.min_num_params", integer)
        layers = ("fsdp_transformer_layer_cls_to_wrap", "transformer_layer_cls_to_wrap")
        if any(not is_null(options.get(name)) for name in layers):
            options.say("transformers.transformer_layer_cls_to_wrap", True, layers[1], span=layer_span(options, layers))


def layer_span(options: Reader, names: tuple[str, ...]) -> Span | None:
    """Where the layers to wrap are named."""
    found = first_of(options.tree, *names)
    return None if found is None else found[1].span or found[1].value.span


def is_off(node: Node) -> bool:
    """Whether an `fsdp` value switches it off."""
    if isinstance(node, Scalar):
        return node.value in (None, "", False) or (isinstance(node.value, str) and node.value.lower() in ("false", "none"))
    return isinstance(node, Sequence) and not node.items and not node.open


def fsdp_config(reader: Reader) -> Mapping:
    """The options of `fsdp_config`: open when they cannot be told."""
    node = reader.get("fsdp_config")
    name = string(node)
    if name:
        node = reader.builder.open_data(name)
    if isinstance(node, Mapping):
        return node
    return Mapping(open=bool(name) or not is_null(node) or (reader.tree.open and not reader.has("fsdp_config")))


def read_fsdp_words(node: Node, options: Reader) -> None:
    """The words of `fsdp` itself: the sharding strategy, `offload`, `auto_wrap`."""
    words = ("full_shard", "auto_wrap") if isinstance(node, Scalar) and flag(node) else words_of(node)
    if words is None:
        return
    for name in SHARDING_WORDS:
        if name in words:
            options.say("parallel.fsdp.sharding", name.upper(), "fsdp", span=node.span)
    if "offload" in words:
        options.say("parallel.fsdp.offload", True, "fsdp", span=node.span)
    elif not options.has("cpu_offload", "fsdp_cpu_offload", "offload_params", "fsdp_offload_params"):
        options.say("parallel.fsdp.offload", False, "fsdp", span=node.span)
    if not options.has("fsdp_auto_wrap_policy", "auto_wrap_policy"):
        size = any(flag(options.get(name)) for name in ("fsdp_min_num_params", "min_num_params"))
        policy = "SIZE_BASED_WRAP" if size else "TRANSFORMER_BASED_WRAP"
        wraps = "auto_wrap" in words or options.builder.known("parallel.fsdp.version") == 2
        options.say("parallel.fsdp.wrap_policy", policy if wraps else "NO_WRAP", "fsdp", span=node.span)
