"""What Axolotl's options mean: its own keys as they are, and the settings that all frameworks share."""

from __future__ import annotations

from qp_lint.frameworks.axolotl.keys import SWITCHES, fsdp_problem, problem
from qp_lint.frameworks.axolotl.parallel import read_parallelism
from qp_lint.frameworks.axolotl.quantization import read_quantization
from qp_lint.frameworks.axolotl.releases import BESIDE
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.fsdp_options import either
from qp_lint.frameworks.overrides import filled
from qp_lint.frameworks.training_arguments import saves
from qp_lint.frameworks.values import Reader, boolean, each, flag, is_null, lower, said, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Scalar, Sequence, string

NAME = "axolotl"
# Keys whose absence rules ask for, switches aside: not known to be absent where the configuration is not all known.
ASKED = (
    *("adapter", "deepspeed", "fsdp", "fsdp_config", "fsdp_version", "gradient_checkpointing", "torch_compile", "rl", "plugins"),
    *("tensor_parallel_size", "dp_shard_size", "nf4_backend", "fp8_config", "qat", "quantization", "model_quantization_config"),
    *("bnb_config_kwargs", "jagged_restart_steps", "trl", "activation_offloading", "fsdp_config.offload_params"),
    *(
        "fsdp_config.cpu_ram_efficient_loading",
        "fsdp_config.state_dict_type",
        "fsdp_config.min_num_params",
        "attn_implementation",
    ),
    *("qat.activation_dtype", "qat.group_size", "qat.weight_dtype", "gradient_checkpointing_kwargs.use_reentrant"),
)
EXPERT_PLUGIN = "axolotl.integrations.expert_parallel.ExpertParallelPlugin"
BUILT_IN = ("lora", "qlora", "llama-adapter")  # adapters that need no plugin
BASE_MODEL_PARTS = ("falcon", "mpt", "nemotron")  # names that Axolotl looks for in `base_model`


def read_options(tree: Mapping, given: dict[str, Entry], builder: RunBuilder, *, rank: Rank = Rank.FILE) -> None:
    """Record all options of a training.  `tree` holds them with the overrides `given` on the command line put in."""
    builder.versions = builder.versions.beside(NAME, BESIDE)
    tree = filled(tree)
    unplugged = without_plugin(tree, builder)
    reader = Reader(
        builder,
        Mapping({k: v for k, v in tree.entries.items() if k != unplugged}, tree.open, span=tree.span, via=tree.via),
        NAME,
        rank,
    )
    builder.default("framework", NAME, framework=NAME, key=NAME)
    builder.default("purpose", "train", framework=NAME, key="train")
    builder.default("train.trainer", "Trainer", framework=NAME, key="train")
    builder.default("model.load_api", "from_pretrained", framework=NAME, key="base_model")
    read_keys(reader, given)
    read_names(reader)
    read_plugins(reader)
    name = reader.get("base_model")
    if name is not None:
        read_checkpoint(name, builder, framework=NAME, rank=rank, key="base_model")
    read_tuning(reader)
    read_training(reader)
    read_parallelism(reader)
    read_quantization(reader)
    if unplugged is not None:
        say_unknown(reader, unplugged, tree.entries[unplugged], f"it needs {EXPERT_PLUGIN} under `plugins`")
    read_unknown_keys(reader)


def without_plugin(tree: Mapping, builder: RunBuilder) -> str | None:
    """`expert_parallel_size` where nobody takes it: up to Axolotl 0.20 its plugin has to be listed (integrations/base.py)."""
    plugins = tree.get("plugins")
    listed = plugins.items if isinstance(plugins, Sequence) else () if plugins is None else (plugins,)
    known = all(string(plugin) is not None for plugin in listed) and not tree.open and not getattr(plugins, "open", False)
    absent = known and not any("expert_parallel" in (string(plugin) or "") for plugin in listed)
    older = builder.versions.at_least(NAME, "0.21") is False
    return "expert_parallel_size" if absent and older and "expert_parallel_size" in tree.entries else None


def read_keys(reader: Reader, given: dict[str, Entry]) -> None:
    """Record every key under its own name, and those of sections (`axolotl.fsdp_config.offload_params`)."""
    for name, entry in reader.tree.entries.items():
        rank = Rank.COMMAND if name in given else reader.rank
        put_key(reader, name, entry, rank)
        section = reader.get(name)
        if isinstance(section, Mapping):
            for key, inner in section.entries.items():
                bare = key.removeprefix("fsdp_") if name == "fsdp_config" and key != "fsdp_version" else key
                put_key(reader, f"{name}.{bare}", inner, Rank.COMMAND if f"{name}.{key}" in given else reader.rank)
    if reader.tree.open:
        for name in (*ASKED, *SWITCHES):
            if f"axolotl.{name}" not in reader.builder.settings:
                reader.unsure(f"axolotl.{name}", name)


def put_key(reader: Reader, name: str, entry: Entry, rank: Rank) -> None:
    """Record one key; what is empty or false in Python's eyes counts as not set, unless it is a switch or a number."""
    value = boolean(entry.value) if name in SWITCHES else entry.value if "." in name else each(entry.value, present)
    nested = isinstance(entry.value, Mapping | Sequence)  # pointed at by its key
    place = entry.span if nested and entry.span is not None else entry.value.span or entry.span
    reader.builder.put(f"axolotl.{name}", value, key=name, framework=NAME, rank=rank, span=place)


def present(node: Node) -> Node:
    """A value as rules ask for it: a section or list is true unless it is empty, an empty text or `false` is null."""
    if isinstance(node, Mapping | Sequence):
        filled = bool(node.entries) if isinstance(node, Mapping) else bool(node.items)
        return unclear(node) if node.open and not filled else said(node, True if filled else None)
    return said(node, None) if isinstance(node, Scalar) and (node.value == "" or node.value is False) else node


def read_names(reader: Reader) -> None:
    """What Axolotl finds in the model's name, whatever the model is."""
    name = reader.get("base_model")
    written = (string(name) or "").lower()
    for part in BASE_MODEL_PARTS:
        if name is not None and part in written:
            reader.say(f"axolotl.named_{part}", True, "base_model", span=name.span)
    config = reader.builder.open_data(f"{string(name)}/config.json") if string(name) else None
    if isinstance(config, Mapping):
        inside = config.get("text_config.tie_word_embeddings")
        tied = config.get("tie_word_embeddings") or inside
        if tied is not None:
            reader.say("axolotl.tie_word_embeddings", boolean(tied), "config.json: tie_word_embeddings")
        if config.get("model_type") is not None:
            reader.say("axolotl.model_type", lower(config.entries["model_type"].value), "config.json: model_type")


def read_tuning(reader: Reader) -> None:
    """The adapter, and what is done to the model for it."""
    adapter = reader.get("adapter")
    if adapter is None or is_null(adapter) or string(adapter) == "":
        if adapter is None and reader.tree.open:
            reader.unsure("tuning.method", "adapter")
        else:
            frozen = reader.get("unfrozen_parameters")
            reader.say("tuning.method", "freeze" if isinstance(frozen, Sequence) and frozen.items else "full", "adapter")
    else:
        reader.say("tuning.method", each(adapter, tuning), "adapter", span=adapter.span)
        read_adapter_name(reader, adapter)
    reader.put("peft_use_dora", "tuning.dora", boolean, default=False)
    init = reader.get("peft_init_lora_weights")
    loftq = reader.section("peft").get("loftq_config")
    if isinstance(loftq, Mapping):
        reader.say("tuning.init", "loftq", "peft.loftq_config", span=loftq.span)
    elif string(init) is not None and init is not None:
        reader.say("tuning.init", lower(init), "peft_init_lora_weights")
    kept = reader.get("lora_modules_to_save")
    if isinstance(kept, Sequence) and kept.items:
        reader.say("tuning.modules_to_save", True, "lora_modules_to_save", span=kept.span)


def tuning(node: Node) -> Node:
    """The tuning method of an adapter."""
    name = string(node)
    return unclear(node) if name is None else said(node, "lora" if name in ("lora", "qlora") else "other-peft")


def read_plugins(reader: Reader) -> None:
    """Axolotl's own plugins, by their package (`axolotl.plugin.liger`)."""
    for node in plugins_of(reader):
        parts = (string(node) or "").split(".")
        if parts[:2] == ["axolotl", "integrations"] and len(parts) > 2:
            reader.say(f"axolotl.plugin.{parts[2]}", True, "plugins", span=node.span)


def plugins_of(reader: Reader) -> tuple[Node, ...]:
    """The plugins that are listed."""
    plugins = reader.get("plugins")
    return plugins.items if isinstance(plugins, Sequence) else () if plugins is None or is_null(plugins) else (plugins,)


def read_adapter_name(reader: Reader, adapter: Node) -> None:
    """Whether nothing that is listed can offer an adapter of this name: Axolotl's own plugins are known, others are not."""
    name, plugins = string(adapter), reader.get("plugins")
    if name is not None and not reader.tree.open:
        listed = [string(plugin) or "" for plugin in plugins_of(reader)]
        own = all(plugin.startswith("axolotl.") and "lora" not in plugin and "mora" not in plugin for plugin in listed)
        unknown = name not in BUILT_IN and own and not (isinstance(plugins, Sequence) and plugins.open)
        reader.say("axolotl.adapter_without_plugin", unknown, "adapter", span=adapter.span)


def read_training(reader: Reader) -> None:
    """The training loop."""
    builder = reader.builder
    if not is_null(reader.get("optimizer")):
        reader.put("optimizer", "train.optimizer", lower)
    elif not reader.tree.open:
        builder.default("train.optimizer", "adamw_torch_fused", framework=NAME, key="optimizer")
    reader.put("gradient_checkpointing", "train.gradient_checkpointing", checkpointing, default=False)
    reader.section("gradient_checkpointing_kwargs").put("use_reentrant", "train.reentrant", boolean)
    reader.put(
        "torch_compile", "train.compile", lambda node: unclear(node) if string(node) == "auto" else boolean(node), default=False
    )
    reader.put("fp8", "train.fp8", boolean, default=False)
    reader.put("save_only_model", "train.save_only_model", boolean, default=False)
    reader.put("load_best_model_at_end", "train.load_best_model_at_end", boolean, default=False)
    reader.put("auto_find_batch_size", "train.auto_find_batch_size", boolean, default=False)
    reader.put("save_strategy", "train.saves_optimizer", saves)
    read_precision(reader)
    read_stage(reader)


def checkpointing(node: Node) -> Node:
    """`gradient_checkpointing`: true, or where its activations are offloaded to."""
    return said(node, True) if string(node) in ("offload", "offload_disk") else boolean(node)


def read_precision(reader: Reader) -> None:
    """Mixed precision: `bf16: auto`, the default, is bf16 on a GPU that has it and else fp16 (utils/config, resolve_dtype)."""
    builder, bf16, fp16 = reader.builder, reader.get("bf16"), reader.get("fp16")
    automatic = string(bf16) == "auto" or (bf16 is None and not reader.tree.open)
    if flag(reader.get("fp8")):
        reader.put("fp8", "train.precision", lambda node: said(node, "fp8"))
    elif flag(bf16):
        reader.put("bf16", "train.precision", lambda node: said(node, "bf16"))
    elif flag(fp16):
        reader.put("fp16", "train.precision", lambda node: said(node, "fp16"))
    elif automatic:
        builder.put("train.precision", either("bf16", "fp16"), key="bf16", framework=NAME, rank=Rank.DEFAULT)
    elif reader.tree.open:
        reader.unsure("train.precision", "bf16")
    else:
        builder.default("train.precision", "no", framework=NAME, key="bf16")


def read_stage(reader: Reader) -> None:
    """What is trained for."""
    for key, stage in (
        ("rl", None),
        ("reward_model", "reward"),
        ("process_reward_model", "reward"),
        ("pretraining_dataset", "pretrain"),
    ):
        node = reader.get(key)
        if node is not None and not is_null(node) and flag(node) is not False:
            reader.say("train.stage", lower(node) if stage is None else stage, key, span=node.span)
            return
    if not reader.tree.open:
        reader.builder.default("train.stage", "sft", framework=NAME, key="rl")


def read_unknown_keys(reader: Reader) -> None:
    """Record the first key that Axolotl drops without a word: pydantic ignores what is no field.

    A plugin from elsewhere may bring keys of its own.
    """
    if any(not (string(name) or "").startswith("axolotl.") for name in plugins_of(reader)):
        return
    versions = reader.builder.versions
    candidates = [(name, name, entry, problem(name, versions)) for name, entry in reader.tree.entries.items()]
    section = reader.get("fsdp_config")
    if isinstance(section, Mapping):
        candidates += [(f"fsdp_config.{name}", name, entry, fsdp_problem(name)) for name, entry in section.entries.items()]
    for shown, key, entry, why in candidates:
        if why is not None and not is_null(entry.value):
            say_unknown(reader, key, entry, why, shown)
            return


def say_unknown(reader: Reader, key: str, entry: Entry, why: str, shown: str = "") -> None:
    """Record a key that Axolotl drops, and what stands behind it."""
    if not reader.builder.is_set("axolotl.unknown_key"):
        reader.say("axolotl.unknown_key", shown or key, key, span=entry.span or entry.value.span)
        reader.builder.put("axolotl.unknown_key_hint", why, key=key, framework=NAME, rank=Rank.DEFAULT)
