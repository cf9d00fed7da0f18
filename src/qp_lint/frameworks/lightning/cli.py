"""`LightningCLI` with its YAML files, and the launchers `fabric run` and `lightning run`.

jsonargparse reads the files that `--config` names in order, then the flags; `class_path` with `init_args` stands for an object.
"""

from __future__ import annotations

from qp_lint.frameworks.flags import python_command, read_flags
from qp_lint.frameworks.lightning.strategies import read_strategy
from qp_lint.frameworks.lightning.trainer import NAME, read_arguments
from qp_lint.frameworks.overrides import from_flags, laid_over
from qp_lint.frameworks.values import Reader, fields, integer, one, said
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Entry, Mapping, Node, Scalar, Sequence, string

PURPOSES = {"fit": "train", "validate": "eval", "test": "eval", "predict": "infer"}
SECTION = ("strategy", "plugins", "devices", "precision", "accelerator")
DEPTH = 16  # nested mappings of a configuration


def cli(call: Call, builder: RunBuilder) -> None:
    """`LightningCLI(Model, Data, trainer_defaults={…})`: the command line decides over the files, these over the defaults."""
    builder.put("train.trainer", "lightning", key="LightningCLI", framework=NAME, rank=Rank.CODE, span=call.name_span)
    defaults = one(fields(call).get("trainer_defaults"), builder)
    tree = Mapping({"trainer": Entry(defaults)} if isinstance(defaults, Mapping) else {}, span=call.span)
    words = builder.arguments
    if words is None:
        tree = Mapping({}, open=True, span=call.span)
    purpose = "train"
    if words:
        command = string(words[0])
        purpose = PURPOSES.get(command or "", purpose)
        words = words[1:] if command in PURPOSES else words
        for name in configs(words):
            found = builder.open_data(string(name) or "")
            section = found.get(command) if isinstance(found, Mapping) and command else None
            tree = layered(tree, section if isinstance(section, Mapping) else found)
        tree = laid_over(tree, from_flags(words), builder.covers)
    builder.put("purpose", purpose, key="LightningCLI", framework=NAME, rank=Rank.CODE, span=call.name_span)
    read_section(tree, builder, Rank.CODE)


def configs(words: list[Node]) -> list[Node]:
    """The files that `--config` and `-c` name, in order."""
    found: list[Node] = []
    for index, word in enumerate(words):
        name, assigned, value = (string(word) or "").partition("=")
        if name in ("--config", "-c"):
            if assigned:
                found.append(said(word, value))
            elif index + 1 < len(words):
                found.append(words[index + 1])
    return found


def layered(tree: Mapping, over: Node | None) -> Mapping:
    """A configuration with another over it, section by section; one that is not in reach leaves it open."""
    if not isinstance(over, Mapping):
        return Mapping(tree.entries, True, span=tree.span)
    entries = dict(tree.entries)
    for name, entry in over.entries.items():
        old = entries[name].value if name in entries else None
        merge = name == "trainer" and isinstance(old, Mapping) and isinstance(entry.value, Mapping)
        entries[name] = Entry(layered(old, entry.value), entry.span) if merge and isinstance(old, Mapping) else entry
    return Mapping(entries, tree.open or over.open, span=over.span)


def read_section(tree: Mapping, builder: RunBuilder, rank: Rank) -> None:
    """The section `trainer`: its objects as calls."""
    section = one(tree.get("trainer"), builder)
    if isinstance(section, Mapping):
        entries = {name: Entry(instance(entry.value), entry.span) for name, entry in section.entries.items()}
        section = Mapping(entries, section.open or tree.open, span=section.span or tree.span, via=section.via)
    else:
        section = Mapping(open=tree.open or section is not None, span=tree.span)
    read_arguments(Reader(builder, section, NAME, rank))


def instance(node: Node, depth: int = DEPTH) -> Node:
    """`{class_path: …, init_args: {…}}` as the call that it stands for; a class's name alone is one too."""
    if isinstance(node, Sequence):
        return Sequence(tuple(instance(item, depth - 1) for item in node.items), node.open, span=node.span, via=node.via)
    if isinstance(node, Mapping) and depth and (name := string(node.get("class_path"))) is not None:
        given = node.get("init_args")
        inner = given.entries if isinstance(given, Mapping) else {}
        keywords = {key: Entry(instance(entry.value, depth - 1), entry.span) for key, entry in inner.items()}
        place = node.entries["class_path"].value.span
        return Call(name, keywords=keywords, span=node.span or place, via=node.via, name_span=place)
    written = string(node)
    if written is not None and written.endswith(("Strategy", "Precision")) and written.rpartition(".")[2][:1].isupper():
        return Call(written, span=node.span, via=node.via, name_span=node.span)
    return node


def recognise(tree: Mapping) -> bool:
    """Whether a file is a configuration of LightningCLI; Hydra's have a section `trainer` too, with `_target_`."""
    section = tree.get("trainer")
    if not isinstance(section, Mapping) or "_target_" in section.entries or not section.entries.keys() & set(SECTION):
        return False
    strategy, plugins = section.get("strategy"), section.get("plugins")
    objects = [strategy, *(plugins.items if isinstance(plugins, Sequence) else [plugins])]
    named = any(isinstance(item, Mapping) and "class_path" in item.entries for item in objects)
    model = tree.get("model")
    return named or "seed_everything" in tree.entries or (isinstance(model, Mapping) and "class_path" in model.entries)


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """A configuration that no launch names."""
    entry = tree.entries["trainer"]
    builder.spans += [entry.span] if entry.span else []
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE)
    builder.default("purpose", "train", framework=NAME, key="trainer")
    builder.default("train.trainer", "lightning", framework=NAME, key="trainer")
    read_section(tree, builder, Rank.FILE)


def fabric_run(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`fabric run [--strategy S] [--devices N] script.py …` (fabric/cli.py); before 2.4 `lightning run model`."""
    if not words or string(words[0]) != "run":
        return []
    words = words[1:]
    if words and string(words[0]) == "model":
        words = words[1:]
    command = read_flags(words, frozenset())
    reader = Reader(builder, command.options, NAME, Rank.COMMAND)
    place = words[0].span if words else None
    builder.put("launch.launcher", "fabric", key="fabric run", framework=NAME, rank=Rank.COMMAND, span=place)
    read_strategy(reader.get("strategy"), reader)
    devices = reader.get("devices") or Scalar(1)
    reader.say("launch.processes", integer(devices), "devices")
    return python_command(command)


def lightning_run(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`lightning run model …`; the program's other commands start no run."""
    return fabric_run(words, builder)
