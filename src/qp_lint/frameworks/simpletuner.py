"""SimpleTuner: its `config.json`, read by itself or through `simpletuner train`.

Facts: SimpleTuner of August 2026, `simpletuner/helpers/configuration/cmd_args.py` (checks), `json_file.py` (where a
configuration is looked for; keys with or without dashes), `helpers/training/quantisation/__init__.py` (precisions),
`helpers/training/optimizer_param.py` (optimizers that FSDP2 replaces).
"""

from __future__ import annotations

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.overrides import from_flags, laid_over
from qp_lint.frameworks.values import Reader, boolean, flag, integer, is_null, lower
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.text import Span
from qp_lint.tree import Mapping, Node, Scalar, string

NAME = "simpletuner"
METHODS = {"quanto": "quanto", "torchao": "torchao", "bnb": "bitsandbytes"}
BITS = {"int2": 2, "int4": 4, "nf4": 4, "int8": 8, "fp8": 8}
REPLACED = ("optimi-", "bnb-")  # optimizers, by how their names begin, that are replaced under FSDP2; soap is the third
PRECISIONS = ("base_model_precision", *(f"text_encoder_{index}_precision" for index in range(1, 5)))


def without_dashes(tree: Mapping) -> Mapping:
    """A configuration with the names that its keys have without leading dashes."""
    return Mapping({name.lstrip("-"): entry for name, entry in tree.entries.items()}, tree.open, span=tree.span, via=tree.via)


def is_config(tree: Mapping) -> bool:
    """Whether a file is a configuration of a training."""
    names = {name.lstrip("-") for name in tree.entries}
    return {"model_family", "model_type"} <= names and bool(names & {"data_backend_config", "pretrained_model_name_or_path"})


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """Record what a configuration says."""
    tree = without_dashes(tree)
    place = tree.entries["model_family"].span
    builder.spans += [] if place is None else [place]
    read_options(Reader(builder, tree, NAME, Rank.FILE, implied_by=place))


def read_options(reader: Reader) -> None:
    """Record the options that meet quantization and sharding."""
    place = reader.implied_by
    reader.say("framework", NAME, NAME, span=place)
    reader.say("purpose", "train", "model_type", span=place)
    kind = string(reader.get("model_type"))
    if kind in ("lora", "full"):
        reader.say("tuning.method", kind, "model_type", span=reader.tree.entries["model_type"].value.span)
    reader.put("mixed_precision", "train.precision", lower)
    reader.put("optimizer", "simpletuner.optimizer", lower)
    chosen = reader.builder.known("simpletuner.optimizer")
    if isinstance(chosen, str) and (chosen.startswith(REPLACED) or chosen == "soap"):
        reader.builder.derive("simpletuner.optimizer_replaced", True, "simpletuner.optimizer")
    read_precisions(reader)
    if given(reader, "quantization_config"):
        reader.say("simpletuner.quantization_config", True, "quantization_config", span=place_of(reader, "quantization_config"))
    if given(reader, "deepspeed_config"):
        reader.say("simpletuner.deepspeed", True, "deepspeed_config", span=place_of(reader, "deepspeed_config"))
    if flag(reader.get("fsdp_enable")):
        reader.put("fsdp_enable", "simpletuner.fsdp", boolean)
        reader.put("fsdp_version", "parallel.fsdp.version", integer, default=2)


def given(reader: Reader, name: str) -> bool:
    """Whether an option is written and is not one of the ways to write none."""
    node = reader.get(name)
    return node is not None and not is_null(node) and string(node) not in ("", "None") and flag(node) is not False


def place_of(reader: Reader, name: str) -> Span | None:
    """Where an option is written."""
    entry = reader.tree.entries[name]
    return entry.value.span or entry.span


def read_precisions(reader: Reader) -> None:
    """`base_model_precision: int8-quanto`: the base model is quantized after loading; of text encoders only whether by quanto."""
    for name in PRECISIONS:
        node = reader.get(name)
        written = string(node)
        if node is None or written is None or written == "no_change":
            continue
        if name == "base_model_precision":
            reader.put(name, "simpletuner.precision", lower)
            kind, _, library = written.partition("-")
            if library in METHODS:
                reader.say("quantization.method", METHODS[library], name, span=node.span)
                reader.say("quantization.origin", "on-load", name, span=node.span)
            if kind in BITS:
                reader.say("quantization.bits", BITS[kind], name, span=node.span)
        if "quanto" in written:
            reader.say("simpletuner.quanto", name, name, span=node.span)


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`simpletuner train [env=NAME] [--key value …]` with the configuration of the environment."""
    if not words or string(words[0]) != "train":
        return []
    chosen = [word.partition("=")[2] for word in map(string, words[1:]) if word is not None and word.startswith("env=")]
    given_env = string(builder.pick(builder.env["ENV"])) if "ENV" in builder.env else None
    env = (chosen or [given_env or ""])[-1]
    names = [f"config/{env}/config.json", f"{env}/config.json"] if env and env != "default" else ["config/config.json"]
    name = next((name for name in names if builder.locate(name) is not None), names[0])
    tree = builder.open_data(name)
    config = without_dashes(tree) if isinstance(tree, Mapping) else Mapping(open=True)
    flags = from_flags([word for word in words[1:] if not (string(word) or "").startswith("env=")])
    merged = laid_over(config, flags, builder.covers)
    with builder.passing(words[0].span):
        read_options(Reader(builder, merged, NAME, Rank.FILE, implied_by=words[0].span))
    builder.put("launch.launcher", Scalar("accelerate", span=words[0].span), key=NAME, framework=NAME, rank=Rank.COMMAND)
    return None


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=("model_family",),
    programs={NAME: cli},
    config=ConfigReader(is_config, read_config),
)
