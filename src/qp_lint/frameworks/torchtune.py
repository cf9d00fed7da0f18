"""torchtune: `tune run [torchrun options] RECIPE --config CONFIG key=value ~key`, and its YAML files.

Facts: torchtune 0.6.1 and main of 2026-04: torchtune/_cli/run.py (launch), torchtune/_recipe_registry.py (recipes),
torchtune/config/_utils.py (overrides), recipes/*.py.  Distributed recipes shard with FSDP2, and NF4 weights go with it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.flags import read_flags
from qp_lint.frameworks.overrides import interpolated, overridden
from qp_lint.frameworks.torch import SHORT, SWITCHES, read_torchrun
from qp_lint.frameworks.values import Reader, boolean, dtype, flag, integer, is_null, one, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Scalar, string

NAME = "torchtune"
RECIPE = re.compile(
    r"(?P<kind>full_finetune|lora_finetune|full_dpo|lora_dpo|ppo_full_finetune|qat_lora_finetune|qat|knowledge_distillation"
    r"|early_exit_finetune)_(?P<spread>single_device|distributed)\w*"
)
TUNINGS = {"lora_finetune": "lora", "lora_dpo": "lora", "qat_lora_finetune": "lora", "knowledge_distillation": "lora"}
COMPONENTS = frozenset({"model", "tokenizer", "checkpointer", "optimizer", "quantizer", "loss", "dataset"})
# What rules ask of the class of a component.
QUESTIONS: dict[str, dict[str, Callable[[str], bool]]] = {
    "quantizer": {"quantizer_is_qat": lambda name: "QAT" in name},
    "optimizer": {
        "bitsandbytes_optimizer": lambda name: name.startswith("bitsandbytes."),
        "offload_optimizer": lambda name: name.endswith(".CPUOffloadOptimizer"),
    },
}
STAGES = {"full_dpo": "dpo", "lora_dpo": "dpo", "ppo_full_finetune": "ppo"}


def tune(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`tune run …`; its other commands start no run."""
    if not words or string(words[0]) != "run":
        return []
    command = read_flags(words[1:], SWITCHES, SHORT)
    recipe = string(command.rest[0]) if command.rest else None
    if recipe is None:
        return []
    match = RECIPE.fullmatch(posixpath.basename(recipe).removesuffix(".py"))
    if match is None:
        return []
    word = command.rest[0]
    if command.options.entries or command.options.open:  # any option starts torchrun (run.py: _is_distributed_args)
        read_torchrun(command, builder)
    else:
        builder.put("launch.launcher", "python", key="tune run", framework=NAME, rank=Rank.COMMAND, span=word.span)
        builder.put("launch.processes", 1, key="tune run", framework=NAME, rank=Rank.COMMAND, span=word.span)
    builder.put("torchtune.builtin", not recipe.endswith(".py"), key="recipe", framework=NAME, rank=Rank.COMMAND, span=word.span)
    read_recipe(match, word, command.rest[1:], builder)
    return None


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """torchtune's own recipe files under torchrun or python."""
    path = posixpath.normpath(script)
    match = RECIPE.fullmatch(posixpath.basename(path).removesuffix(".py"))
    if match is None or not path.endswith(".py"):
        return False
    found = builder.locate(script)
    source = builder.project.source(found) if found is not None else None
    if "--config" not in [string(word) for word in arguments] or (source is not None and NAME not in source.text):
        return False
    if builder.known("launch.launcher") == "python":
        builder.default("launch.processes", 1, framework=NAME)
    read_recipe(match, Scalar(path, path, span=arguments[0].span), arguments, builder)
    return True


def read_recipe(match: re.Match[str], word: Node, arguments: list[Node], builder: RunBuilder) -> None:
    """A recipe with its configuration and what overrides it."""
    builder.put("torchtune.recipe", match[0], key="recipe", framework=NAME, rank=Rank.COMMAND, span=word.span)
    builder.put("torchtune.spread", match["spread"], key="recipe", framework=NAME, rank=Rank.COMMAND, span=word.span)
    builder.put("torchtune.kind", match["kind"], key="recipe", framework=NAME, rank=Rank.COMMAND, span=word.span)
    builder.put(
        "tuning.method", TUNINGS.get(match["kind"], "full"), key="recipe", framework=NAME, rank=Rank.COMMAND, span=word.span
    )
    builder.put("train.stage", STAGES.get(match["kind"], "sft"), key="recipe", framework=NAME, rank=Rank.COMMAND, span=word.span)
    names = [string(argument) for argument in arguments]
    index = names.index("--config") + 1 if "--config" in names else len(arguments)
    config = arguments[index] if index < len(arguments) else None
    tree = Mapping(open=True, span=word.span)
    if config is not None:
        tree = configuration(config, builder) or built_in(config, builder) or Mapping(open=True, span=config.span)
    words = [argument for argument in arguments if argument is not config]
    with builder.passing(config.span if config is not None else None):
        read_options(override(tree, words, builder), builder)
    if match["spread"] == "distributed" and builder.known("launch.launcher") == "torchrun":
        builder.put("parallel.fsdp.version", 2, key="recipe", framework=NAME, rank=Rank.COMMAND, span=word.span)


def configuration(config: Node, builder: RunBuilder) -> Mapping | None:
    """A configuration of the project."""
    name = string(config) or ""
    path = builder.locate(name) if name.endswith((".yaml", ".yml")) else None
    found = builder.open_data(name) if path is not None else None
    if path is not None:
        builder.labels.append(builder.project.shown(path))
    return found if isinstance(found, Mapping) else None


def built_in(config: Node, builder: RunBuilder) -> Mapping | None:
    """One of torchtune's own configurations, of which the name tells QLoRA."""
    last = posixpath.basename(string(config) or "")
    if "qlora" not in last:
        return None
    entries = {"model": Entry(Mapping({"quantize_base": Entry(Scalar(True, span=config.span))}, True, span=config.span))}
    return Mapping(entries, True, span=config.span)


def override(tree: Mapping, words: list[Node], builder: RunBuilder) -> Mapping:
    """`key=value` over the configuration, `~key` taken out of it; `model=CLASS` replaces the class of a component."""
    given: list[Node] = []
    for word in words:
        written = string(word) or ""
        name, assigned, value = written.partition("=")
        if written.startswith("~") and written[1:] in tree.entries:
            rest = {key: entry for key, entry in tree.entries.items() if key != written[1:]}
            tree = Mapping(rest, tree.open, span=tree.span, via=tree.via)
        elif assigned and is_component(tree, name):
            given.append(Scalar(f"{name}._component_={value}", span=word.span, via=word.via))
        else:
            given.append(word)
    return overridden(tree, given, builder.covers)[0]


def is_component(tree: Mapping, name: str) -> bool:
    """Whether a key holds a component; of a configuration that is not in reach by its usual name."""
    if name in tree.entries:
        return one_component(tree, name) is not None
    return tree.open and name in COMPONENTS


def read_options(tree: Mapping, builder: RunBuilder) -> None:
    """Record what a configuration says."""
    tree = interpolated(tree, builder)
    reader = Reader(builder, tree, NAME, Rank.FILE)
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    builder.put("purpose", "train", key="recipe", framework=NAME, rank=Rank.FILE)
    builder.default("train.trainer", "loop", framework=NAME, key="recipe")
    read_model(reader)
    reader.put("dtype", "model.dtype", dtype)
    reader.put("compile", "train.compile", boolean)
    reader.put("enable_activation_checkpointing", "train.gradient_checkpointing", boolean)
    for name, setting in (("tensor_parallel_dim", "parallel.tp.size"), ("context_parallel_dim", "parallel.cp.size")):
        reader.put(name, setting, integer)
    reader.put("fsdp_cpu_offload", "parallel.fsdp.offload", boolean, default=False)
    reader.put("enable_fp8_training", "train.fp8", boolean, default=False)
    if reader.tree.open and not reader.has("tensor_parallel_plan"):
        reader.unsure("torchtune.tensor_parallel_plan", "tensor_parallel_plan")
    else:
        reader.say("torchtune.tensor_parallel_plan", not is_null(reader.get("tensor_parallel_plan")), "tensor_parallel_plan")
    for name in ("optimizer", "quantizer"):
        read_component(name, reader)


def read_component(name: str, reader: Reader) -> None:
    """The class of a component."""
    section = reader.section(name)
    if section.has("_component_"):
        component = section.put("_component_", f"torchtune.{name}")
        written = string(component)
        for question, yes in QUESTIONS[name].items():
            if component is not None and written is not None:
                section.say(f"torchtune.{question}", yes(written), name, span=component.span)
    elif section.tree.open:
        reader.unsure(f"torchtune.{name}", name)


def read_model(reader: Reader) -> None:
    """The model: `qlora_*` builders and `quantize_base` keep the base weights as torchao's NF4 tensors."""
    section = reader.section("model")
    component = section.get("_component_")
    name = (string(component) or "").rpartition(".")[2]
    switch = section.get("quantize_base")
    place = component if name.startswith("qlora_") else switch if flag(switch) else None
    if place is not None:
        for setting, value in (("method", "nf4"), ("bits", 4), ("origin", "on-load"), ("known_by", "argument")):
            reader.say(f"quantization.{setting}", value, "model", span=place.span)
    elif switch is not None and flag(switch) is None and not is_null(switch):
        reader.say("quantization.method", unclear(switch), "quantize_base")
    elif component is None and section.tree.open:
        reader.unsure("quantization.method", "model")
    section.put("use_dora", "tuning.dora", boolean)
    checkpointer = reader.section("checkpointer")
    if checkpointer.has("checkpoint_dir"):
        checkpointer.put("checkpoint_dir", "model.name")


def recognise(tree: Mapping) -> bool:
    """Whether a file is a recipe's configuration: components of torchtune for the model and what it reads."""
    names = [one_component(tree, section) for section in ("model", "tokenizer", "checkpointer")]
    return sum(name is not None and name.startswith("torchtune.") for name in names) > 1 and "optimizer" in tree.entries


def one_component(tree: Mapping, section: str) -> str | None:
    """The class that a section names."""
    return string(tree.get(f"{section}._component_"))


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """A configuration that no launch names: the recipe is not known, how it tunes shows in its model."""
    entry = next((tree.entries[name] for name in ("model", "policy_model", "tokenizer") if name in tree.entries), None)
    builder.spans += [entry.span] if entry is not None and entry.span else []
    read_options(tree, builder)
    name = (one_component(tree, "model") or "").rpartition(".")[2]
    if name.startswith(("lora_", "qlora_")):
        component = one(tree.get("model._component_"), builder)
        place = component.span if component is not None else None
        builder.put("tuning.method", "lora", key="model", framework=NAME, rank=Rank.FILE, span=place)


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME,),
    programs={"tune": tune},
    modules={"torchtune._cli.tune": tune},
    config=ConfigReader(recognise, read_config),
    scripts=("*_single_device*.py", "*_distributed*.py"),
    claims=claims,
)
