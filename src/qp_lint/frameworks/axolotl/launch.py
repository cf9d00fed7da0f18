"""Axolotl's command line, and its training under other launchers.

`axolotl train` starts `accelerate launch … -m axolotl.cli.train FILE --key=value …` (or torchrun, or python in its own
process), so it is read as that command.
"""

from __future__ import annotations

import posixpath

from qp_lint.frameworks.axolotl.config import NAME, read_options
from qp_lint.frameworks.axolotl.keys import is_key, takes_no_value
from qp_lint.frameworks.axolotl.values import Given, given_options, overridden, swept
from qp_lint.frameworks.flags import name_of, part_of
from qp_lint.frameworks.run_files import folder_of
from qp_lint.frameworks.values import said
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Scalar, Sequence, string

TRAIN = "axolotl.cli.train"
LAUNCHERS = {"accelerate": ("accelerate", "launch"), "torchrun": ("torchrun",), "python": ("python",)}
# Options of `axolotl train` that are no keys of the configuration.
OWN = ("launcher", "cloud", "sweep")
SCRIPTS = ("axolotl/cli/train.py", "scripts/finetune.py")
# Keys that are options of accelerate's or torch's launcher too.
SHARED = frozenset({"gradient_accumulation_steps", "fsdp_version", "debug", "dynamo_backend", "local_rank"})
FILES = (".yaml", ".yml")


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`axolotl train FILE [options] [-- launcher options]` as the command that it starts.

    Its other commands start no training: their configuration is judged as the training that it describes.  `quantize` has a
    check of its own.
    """
    command = string(words[0]) if words else None
    if command == "quantize" and len(words) > 1:
        read_quantize(words[1], builder)
        return None
    if command != "train":
        return []
    place = words[0]
    parts = Parts()
    parts.read(words[1:])
    if parts.config is None:
        return []
    if parts.valued is not None:
        name, word = parts.valued
        note(builder, name, f"is a switch and takes no value; its opposite is `--no-{name}`", word)
    launcher_words = for_launcher(parts.launcher_words, builder)
    launcher = string(parts.own.get("launcher")) or "accelerate"
    if "use_ray" in parts.keys and launcher == "accelerate":
        launcher = "python"
    started = LAUNCHERS.get(launcher)
    if started is None:
        return []
    inner: list[Node] = [said(place, word) for word in started]
    if launcher != "python":
        inner += launcher_words
    return [*inner, said(place, "-m"), said(place, TRAIN), parts.config, *parts.options]


class Parts:
    """The words after `axolotl train`, sorted as click does: what is no option of it goes to the launcher."""

    def __init__(self) -> None:
        self.config: Node | None = None
        self.own: dict[str, Node] = {}
        self.keys: set[str] = set()
        self.options: list[Node] = []
        self.launcher_words: list[Node] = []
        self.valued: tuple[str, Node] | None = None  # a switch that is given a value

    def read(self, words: list[Node]) -> None:
        """Sort the words."""
        index = 0
        while index < len(words):
            word = words[index]
            written = string(word)
            index += 1
            if written == "--":
                self.launcher_words += words[index:]
                return
            named, _ = key_of(name_of(word).removeprefix("--")) if written is None else (None, False)
            if named is not None:
                self.say(named, word)
            elif written is None or not written.startswith("--"):
                if self.config is None:
                    self.config = word
                else:
                    self.launcher_words.append(word)
            if written is None or not written.startswith("--"):
                continue
            name, assigned, value = written[2:].partition("=")
            key, off = key_of(name)
            if key is None:
                self.launcher_words.append(word)
            elif off or (takes_no_value(key) and not assigned):
                self.say(key, Scalar(not off, span=word.span, via=word.via))
                if index < len(words) and (string(words[index]) or "").lower() in ("true", "false"):
                    self.valued = self.valued or (name, words[index])
                    index += 1
            elif assigned:
                self.say(key, Scalar(value, value, span=part_of(word, value), via=word.via))
            elif index < len(words):
                self.say(key, words[index])
                index += 1

    def say(self, key: str, value: Node) -> None:
        """Note an option: one of the command itself, or a key of the configuration for the training."""
        if key in OWN:
            self.own[key] = value
        self.keys.add(key)
        if key in ("launcher", "cloud"):
            return
        name = "--" + key.replace(".", "__")
        written = string(value) if not isinstance(value, Scalar) or isinstance(value.value, str) else str(value.value)
        if written is None:
            self.options += [Scalar(name, span=value.span), value]
        else:
            self.options.append(Scalar(f"{name}={written}", span=value.span, via=value.via))


def key_of(option: str) -> tuple[str | None, bool]:
    """The key that an option of `axolotl train` sets, and whether it is its `--no-` form; only dashes are taken."""
    if "_" in option:
        return None, False
    key = option.replace("-", "_")
    if key in OWN or is_key(key):
        return key, False
    bare = key.removeprefix("no_").replace(".no_", ".", 1)
    return (bare, True) if key.startswith("no_") and takes_no_value(bare) else (None, False)


def for_launcher(words: list[Node], builder: RunBuilder) -> list[Node]:
    """The words for the launcher; those meant for the configuration (`--load_in_4bit`, with underscores) are noted instead."""
    kept: list[Node] = []
    index = 0
    while index < len(words):
        word = words[index]
        written = string(word) or ""
        name, assigned, _ = written.removeprefix("--").partition("=")
        index += 1
        if not written.startswith("--") or "_" not in name or name in SHARED or not is_key(name):
            kept.append(word)
            continue
        note(builder, name, f"goes to the launcher; `axolotl train` takes `--{name.replace('_', '-')}`", word)
        if not assigned and not takes_no_value(name) and index < len(words) and not (string(words[index]) or "").startswith("-"):
            index += 1
    return kept


def note(builder: RunBuilder, name: str, why: str, word: Node | Entry) -> None:
    """Record an option of the command line that has no effect on the configuration, and why."""
    if not builder.is_set("axolotl.ineffective_option"):
        builder.put("axolotl.ineffective_option", f"--{name}", key=name, framework=NAME, rank=Rank.COMMAND, span=word.span)
        builder.put("axolotl.ineffective_option_hint", why, key=name, framework=NAME, rank=Rank.DEFAULT)


def module(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`python -m axolotl.cli.train FILE --key=value …`, most often under a launcher."""
    if not builder.is_set("launch.launcher"):
        place = words[0].span if words else None
        builder.put("launch.launcher", "python", key="launcher", framework=NAME, rank=Rank.COMMAND, span=place)
    read_arguments(words, builder)
    return None


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """Axolotl's scripts by their path; one that lies in the project has to speak of axolotl."""
    path = f"/{posixpath.normpath(script)}"
    if not arguments or not path.endswith(tuple(f"/{end}" for end in SCRIPTS)):
        return False
    found = builder.locate(script)
    source = builder.project.source(found) if found is not None else None
    if source is None and "axolotl" not in path:
        tree = builder.project.data(located) if (located := builder.locate(string(arguments[0]) or "")) is not None else None
        if not isinstance(tree, Mapping) or not recognise(tree):
            return False
    elif source is not None and "axolotl" not in source.text:
        return False
    read_arguments(arguments, builder)
    return True


def read_arguments(words: list[Node], builder: RunBuilder) -> None:
    """A configuration file, or a folder with one, and the options that override it."""
    first = words[0] if words else None
    name = string(first)
    given = given_options(words[1:])
    sweep = given.entries.pop("sweep", None)
    tree, path = open_config(name, builder) if name is not None else (None, None)
    if tree is None:
        tree = Mapping(open=True, span=first.span if first is not None else None)
    found = builder.open_data(string(sweep.value) or "") if sweep is not None else None
    if isinstance(found, Mapping):
        tree = swept(tree, found, builder.covers)
    merged, taken, kept_out = overridden(tree, given, builder.covers)
    note_kept_out(given, kept_out, builder)
    with builder.passing(*((first.span, *first.via) if first is not None else ())):
        read_options(merged, taken, builder)
    if path is not None:
        builder.labels.append(builder.project.shown(path))


def open_config(name: str, builder: RunBuilder) -> tuple[Mapping | None, str | None]:
    """The configuration that a path names, with its project path: of a folder the only YAML file in it."""
    path = builder.locate(name)
    if path is None:
        folder = posixpath.normpath(posixpath.join(builder.directory, name))
        inside = [file for file in builder.project.listdir(folder) if file.endswith(FILES)]
        path = posixpath.join(folder, inside[0]) if len(inside) == 1 else None
    if path is None:
        return None, None
    builder.files.append(path)
    found = builder.project.data(path)
    return (found if isinstance(found, Mapping) else None), path


def note_kept_out(given: Given, kept_out: list[str], builder: RunBuilder) -> None:
    """Record the first option of the training that does not reach the configuration."""
    for name, entry in given.dotted.items():
        parent, _, key = name.partition(".")
        note(builder, name, f"becomes a key of its own and is dropped; write `--{parent}__{key}`", entry)
    for name in kept_out:
        note(builder, name, "is left out: the file says `strict: true` and has no such key", given.entries[name])


def read_quantize(word: Node, builder: RunBuilder) -> None:
    """`axolotl quantize FILE`: quantizes what was trained; the file stays the configuration of a training."""
    path = builder.locate(string(word) or "")
    tree = builder.project.data(path) if path is not None else None
    builder.put("framework", NAME, key=NAME, framework=NAME, rank=Rank.FILE, span=word.span)
    builder.put("purpose", "quantize", key="quantize", framework=NAME, rank=Rank.COMMAND, span=word.span)
    for name in ("qat", "quantization"):
        node = tree.get(name) if isinstance(tree, Mapping) else None
        if isinstance(node, Mapping) and node.entries:
            builder.put(f"axolotl.{name}", True, key=name, framework=NAME, rank=Rank.FILE, span=node.span)


# Keys that beside `base_model` and the data are only Axolotl's.
TELLING = frozenset(
    {
        *("sequence_len", "micro_batch_size", "dataset_prepared_path", "val_set_size", "sample_packing", "adapter", "lora_r"),
        *("load_in_4bit", "load_in_8bit", "flash_attention", "attn_implementation", "gradient_accumulation_steps", "num_epochs"),
        *("evals_per_epoch", "saves_per_epoch", "fsdp_config", "train_on_inputs", "wandb_project", "chat_template", "rl"),
    }
)
FOREIGN = ("slices", "models", "input_features", "params", "project_name", "modules")  # mergekit, Ludwig, AutoTrain


def recognise(tree: Mapping) -> bool:
    """Whether a file is a configuration of Axolotl: a base model, data, and two more of its keys."""
    names = tree.entries.keys()
    if "base_model" not in names or any(name in names for name in FOREIGN):
        return False
    data = next(
        (node for name in ("datasets", "pretraining_dataset", "test_datasets") if (node := tree.get(name)) is not None), None
    )
    return isinstance(data, Sequence | Mapping) and len(TELLING & names) > 1


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """A configuration that no launch names: paths count from the folder in which what it names lies."""
    builder.directory = folder_of([string(tree.get("deepspeed")), string(tree.get("base_model"))], path, builder)
    builder.spans += [entry.span for name, entry in tree.entries.items() if name == "base_model" and entry.span]
    read_options(tree, {}, builder)
