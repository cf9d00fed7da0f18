"""Hydra: the configuration of `@hydra.main`, composed of its defaults list and the overrides of the command line.

Understood: groups, nested and relative defaults, `_self_`, `optional`, `override`, packages (`@package`, `group@package`),
`key=value`, `+`, `++`, `~`, `--config-name`, `--multirun` with choices, interpolation, and what a program registers with the
ConfigStore where no file has that name (hydra-core 1.3: hydra/_internal/defaults_list.py, core/override_parser).
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from qp_lint.evaluate.calls import Arguments, arguments_of, call
from qp_lint.evaluate.config_store import stored
from qp_lint.evaluate.datafiles import overlay, override, passed_tree, plain
from qp_lint.evaluate.functions import last_name
from qp_lint.evaluate.imports import find
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.standard import COPIES
from qp_lint.evaluate.sweeps import combined, loop_of, parts_of
from qp_lint.evaluate.values import Function
from qp_lint.parse.interpolation import resolved
from qp_lint.tree import Choice, Cover, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice, cover, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

DEPTH = 8  # defaults of defaults
FILES = 100
SWEPT = 3  # groups of which each option is told apart
_OVERRIDE = re.compile(r"(\+\+|\+|~)?([A-Za-z_][\w./@-]*)(?:=(.*))?", re.S)
_PACKAGE = re.compile(r"(?:^[ \t]*(?:#[^\n]*)?\r?\n)*#[ \t]*@package[ \t]+(\S+)")
_NAME_FLAGS = ("--config-name", "-cn")
_FOLDER_FLAGS = ("--config-path", "-cp", "--config-dir", "-cd")


def configured(run: Interpreter, function: Function) -> Node | None:
    """The configuration that `@hydra.main(…)` calls a function with; None when it is not decorated so."""
    from qp_lint.evaluate.expressions import evaluate

    for decorator in getattr(function.node, "decorators", ()):
        made = decorator.decorator
        if isinstance(made, cst.Call) and last_name(made) == "main":
            callee = evaluate(run, made.func, function.scope)
            if isinstance(callee, Reference) and callee.name == "hydra.main":
                arguments = arguments_of(run, made, function.scope)
                folder, name = arguments.get(0, "config_path"), arguments.get(1, "config_name")
                return _main(run, function.scope.file.folder, string(folder), string(name))
    return None


@dataclass(slots=True)
class _Line:
    """The words of a command line: where the configuration lies, and what is overridden."""

    folder: str | None
    name: str | None
    values: list[tuple[str, str, Scalar, str | None]] = field(default_factory=list)  # sign, key, word, text
    many: bool = False
    open: bool = False

    @property
    def place(self) -> str | None:
        """The project path of the folder, None when there are no files."""
        return posixpath.normpath(self.folder) if self.folder is not None else None


def _main(run: Interpreter, base: str, folder: str | None, name: str | None) -> Node:
    line = _Line(_folder(run, base, folder), name)
    words = list(run.arguments or [])
    while words:
        word = words.pop(0)
        if not isinstance(word, Scalar) or not isinstance(word.value, str):
            line.open = True
            continue
        flag, sign, value = word.value.partition("=")
        if flag in (*_NAME_FLAGS, *_FOLDER_FLAGS):
            given = value if sign else string(words.pop(0)) if words else None
            line.open = line.open or given is None
            if flag in _NAME_FLAGS:
                line.name = given
            elif given is not None:
                line.folder = _folder(run, run.directory if flag in _FOLDER_FLAGS[2:] else base, given)
        elif flag in ("-m", "--multirun"):
            line.many = True
        elif match := _OVERRIDE.fullmatch(word.value):
            line.values.append((match[1] or "", match[2], word, match[3]))
    return compose(run, line)


def _folder(run: Interpreter, base: str, folder: str | None) -> str | None:
    """The project path of a folder of configurations: below that of the program, or in a package, `pkg://package.conf`."""
    if folder is None or not folder.startswith("pkg://"):
        return None if folder is None else posixpath.join(base, folder)
    inside = folder[6:].replace(".", "/")
    above = [base]
    while above[-1].strip("/"):
        above.append(posixpath.dirname(above[-1]))
    places = (posixpath.join(start, source, inside) for start in above for source in ("", "src"))
    return next((place for place in places if run.project.listdir(place)), inside)


def compose(run: Interpreter, line: _Line) -> Node:
    """The composed configuration; of a multirun each value that is swept is a turn of a loop."""
    tree = _composed(run, line, 0)
    params = tree.get("hydra.sweeper.params") if isinstance(tree, Mapping) else None
    mode = string(tree.get("hydra.mode")) if isinstance(tree, Mapping) else None
    if isinstance(params, Mapping) and (line.many or (mode or "").rpartition(".")[2] == "MULTIRUN"):
        given = {key for _, key, _, _ in line.values}
        more = [(name, entry.value) for name, entry in params.entries.items() if name not in given]
        swept = [("", name, value, str(value.value)) for name, value in more if isinstance(value, Scalar)]
        if swept:
            tree = _composed(run, dataclasses.replace(line, values=[*swept, *line.values], many=True), 0)
    return tree


def _composed(run: Interpreter, line: _Line, swept: int) -> Node:
    """The configuration for each option of the groups that are swept."""
    composer = _Composer(run, line.place, line)
    for index, (sign, key, word, text) in enumerate(line.values if line.many and swept < SWEPT else ()):
        parts = parts_of(text)
        if len(parts) > 1 and composer.exists(key.partition("@")[0], parts[0]) is not None and word.span is not None:
            trees = []
            for part in parts:
                values = [*line.values[:index], (sign, key, word, part), *line.values[index + 1 :]]
                trees.append(_composed(run, dataclasses.replace(line, values=values), swept + 1))
            return combined(trees, loop_of(key, word.span, parts))
    return _compose(run, line)


def _compose(run: Interpreter, line: _Line) -> Node:
    if line.name is None:
        return Mapping({}, True)
    composer = _Composer(run, line.place, line)
    appended = tuple((key, text) for sign, key, _, text in line.values if sign == "+" and text and composer.exists(key, text))
    composer.collect("", line.name, 0, appended)
    composer.files = 0
    tree: Node = composer.file("", line.name, "", 0) or Mapping({}, True)
    tree = composer.added(tree)
    for sign, key, word, text in line.values:
        if key in composer.used or (sign == "~" and text is None and "/" in key):
            continue
        path = key.split(".")
        value = _value(key, word, text, line.many)
        tree = _removed(tree, path) if sign == "~" else _set(tree, path, value, run.covers)
    if not isinstance(tree, Mapping):
        return Mapping({}, True)
    tree = resolved(tree, run.env)
    return passed_tree(_unsure(tree) if line.open else tree, (), [COPIES])


@dataclass(slots=True)
class _Composer:
    """Reads the files of a configuration folder; `used` are the overrides that chose one."""

    run: Interpreter
    folder: str | None  # None: there are no files
    line: _Line
    used: set[str] = field(default_factory=set)
    files: int = 0
    overrides: dict[str, Node] = field(default_factory=dict)  # the options that `override group: option` chooses

    def exists(self, group: str, name: str) -> str | None:
        """The project path of an option."""
        if self.folder is None:
            return None
        path = posixpath.join(self.folder, group, name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
        return self.run.project.locate(path)

    def chosen(self, group: str, option: Node | None) -> list[Node]:
        """The options of a group: those of the command line, else those of the defaults list."""
        for sign, key, word, text in self.line.values:
            if key.partition("@")[0] == group and sign in ("", "++") and text is not None:
                self.used.add(key)
                return [dataclasses.replace(word, value=part) for part in (text.split(",") if self.line.many else [text])]
        option = self.overrides.get(group, option)
        return list(option.items) if isinstance(option, Sequence) else [option] if option is not None else []

    def collect(self, group: str, name: str, depth: int, more: tuple[tuple[str, str], ...] = ()) -> None:
        """Find what the defaults lists override: an outer list before the ones in it, of those the last first.

        `more` are options that the command line appends to the list.
        """
        self.files += 1
        found = self.exists(group, name) if depth < DEPTH and self.files < FILES else None
        tree = self.run.project.data(found) if found is not None else None
        defaults = tree.get("defaults") if isinstance(tree, Mapping) else None
        inner = list(more[::-1])
        for item in reversed(defaults.items if isinstance(defaults, Sequence) else ()):
            if (text := string(item)) is not None:
                folder, _, last = text.strip("/").rpartition("/")
                inner += [(folder if text.startswith("/") else posixpath.join(group, folder) if folder else group, last)]
            elif isinstance(item, Mapping) and len(item.entries) == 1:
                key, entry = next(iter(item.entries.items()))
                target = key.split()[-1].partition("@")[0]
                below = target.strip("/") if target.startswith("/") else posixpath.join(group, target)
                if "override" in key.split()[:-1]:
                    self.overrides.setdefault(below, entry.value)
                else:
                    inner += [(below, option) for node in self.chosen(below, entry.value) if (option := string(node)) is not None]
        for below, option in inner:
            if option != "_self_":
                self.collect(below, option, depth + 1)

    def file(self, group: str, name: str, package: str, depth: int) -> Node | None:
        """A configuration with its defaults, below its package; None when it is not in reach."""
        self.files += 1
        if depth > DEPTH or self.files > FILES:
            return None
        found = self.exists(group, name)
        if found is None:
            tree: Node | None = stored(self.run, group, name)
        else:
            tree, source = self.run.project.data(found), self.run.project.source(found)
            self.run.read[found] = None
            header = _PACKAGE.match(source.text) if source is not None else None
            if header is not None:
                package = "" if header[1] == "_global_" else header[1].replace("_group_", group.replace("/", "."))
        if not isinstance(tree, Mapping):
            return None
        own = Mapping({key: entry for key, entry in tree.entries.items() if key != "defaults"}, tree.open, span=tree.span)
        defaults = tree.get("defaults")
        items = list(defaults.items) if isinstance(defaults, Sequence) else []
        if not any(string(item) == "_self_" for item in items):
            items.append(Scalar("_self_"))
        merged: Node = Mapping({}, span=tree.span)
        for item in items:
            if string(item) == "_self_":
                merged = overlay(merged, _below(own, package), self.run.covers)
            else:
                for part in self.default(item, group, package, depth):
                    merged = overlay(merged, part, self.run.covers)
        return merged

    def default(self, item: Node, group: str, package: str, depth: int) -> list[Node]:
        """What one entry of a defaults list brings in; an open mapping for what is not in reach."""
        if (name := string(item)) is not None:
            folder, _, last = name.strip("/").rpartition("/")
            inner = folder if name.startswith("/") else posixpath.join(group, folder) if folder else group
            return [self.file(inner, last, package, depth + 1) or Mapping({}, True)]
        if not isinstance(item, Mapping) or len(item.entries) != 1:
            return [Mapping({}, True)]
        key, entry = next(iter(item.entries.items()))
        words = key.split()
        target, _, where = words[-1].partition("@")
        if "override" in words[:-1] or target.startswith(("hydra/", "/hydra/")):
            return []
        inner = target.strip("/") if target.startswith("/") else posixpath.join(group, target)
        below = inner.replace("/", ".") if not where else _package(where, package)
        optional = "optional" in words[:-1]
        found: list[Node] = []
        for option in self.chosen(inner, entry.value):
            name = string(option)
            if name is None:
                known = isinstance(option, Scalar) and option.value is None
                found += [] if known else [Mapping({}, True)]
                continue
            part = self.file(inner, name, below, depth + 1)
            found += [part] if part is not None else [] if optional else [Mapping({}, True)]
        if self.line.many and len(found) > 1:
            return [Mapping({}, True)]  # several runs, of which one would have to be picked
        return found

    def added(self, tree: Node) -> Node:
        """The configuration with the options that `+group=option` appends."""
        for sign, key, _, text in self.line.values:
            if sign.startswith("+") and key not in self.used and text and (self.exists(key, text) or stored(self.run, key, text)):
                self.used.add(key)
                more = self.file(key, text, key.replace("/", "."), 1) or Mapping({}, True)
                tree = overlay(tree, more, self.run.covers)
        return tree


def _package(where: str, package: str) -> str:
    if where == "_global_":
        return ""
    if where in ("_here_", ""):
        return package
    return where.removeprefix("_global_.")


def _below(tree: Mapping, package: str) -> Mapping:
    for name in reversed([part for part in package.split(".") if part]):
        tree = Mapping({name: Entry(tree)}, span=tree.span)
    return tree


def _set(tree: Node, path: list[str], value: Node, covers: list[Cover]) -> Node:
    head, *rest = path
    base = tree if isinstance(tree, Mapping) else Mapping({})
    old = base.entries.get(head)
    if rest:
        value = _set(old.value if old is not None else Mapping({}), rest, value, covers)
    elif old is not None:
        cover(covers, head, value, old.value)
    return dataclasses.replace(base, entries={**base.entries, head: Entry(value, value.span)})


def _removed(tree: Node, path: list[str]) -> Node:
    head, *rest = path
    if not isinstance(tree, Mapping) or head not in tree.entries:
        return tree
    entries = dict(tree.entries)
    old = entries.pop(head)
    if rest:
        entries[head] = Entry(_removed(old.value, rest), old.span)
    return dataclasses.replace(tree, entries=entries)


def _value(key: str, word: Scalar, text: str | None, many: bool) -> Node:
    """The value of an override."""
    parts = parts_of(text) if many else []
    if len(parts) > 1 and word.span is not None:
        return Choice(tuple(plain(part, word, word.span) for part in parts), loop_of(key, word.span, parts), span=word.span)
    if text is None or "(" in text or (many and "," in text and not text.startswith(("[", "{"))):
        return Unknown(span=word.span)
    return override(word, text)


def _unsure(node: Node) -> Node:
    """A tree each value of which may have been overridden by words that are not known."""
    if isinstance(node, Mapping):
        entries = {name: Entry(_unsure(entry.value), entry.span) for name, entry in node.entries.items()}
        return dataclasses.replace(node, entries=entries, open=True)
    return choice([node, Unknown()]) if isinstance(node, Scalar) else node


def _instantiate(run: Interpreter, arguments: Arguments) -> Node | None:
    """`hydra.utils.instantiate(config, **more)`: calls what `_target_` names."""
    config = arguments.get(0, "config")
    if not isinstance(config, Mapping):
        return None
    given = {name: entry for name, entry in arguments.keywords.items() if name != "config"}
    return _called(run, Mapping({**config.entries, **given}, config.open, span=config.span, via=config.via), arguments, 0)


def _called(run: Interpreter, config: Mapping, arguments: Arguments, depth: int) -> Node:
    name = string(config.get("_target_"))
    if name is None or depth > DEPTH:
        return config
    keywords = {}
    for key, entry in config.entries.items():
        if not (key.startswith("_") and key.endswith("_")):
            nested = isinstance(entry.value, Mapping) and "_target_" in entry.value.entries
            value = (
                _called(run, entry.value, arguments, depth + 1) if nested and isinstance(entry.value, Mapping) else entry.value
            )
            keywords[key] = Entry(value, entry.span)
    partial = config.get("_partial_")
    if isinstance(partial, Scalar) and partial.value:
        return Unknown(hint=name, span=arguments.span)
    callee = _target(run, name)
    place = config.entries["_target_"].value.span
    return call(run, callee, dataclasses.replace(arguments, args=(), keywords=keywords, open=config.open, name_span=place))


def _target(run: Interpreter, name: str) -> Node:
    """The function or class of a dotted path: of a module of the project, else a library's."""
    from qp_lint.evaluate.attributes import get_attribute

    script = run.files.get(run.script)
    module, _, last = name.rpartition(".")
    if script is not None and module:
        path = find(run, script.file, module, 0)
        if path is not None and not path.endswith("/"):
            return get_attribute(run, run.module(path, module, module), last, None)
    return Reference(name)


MODELS: dict[str, Model] = {
    "hydra.utils.instantiate": _instantiate,
    "hydra.utils.call": _instantiate,
    "hydra.utils.get_original_cwd": lambda run, arguments: Scalar(run.directory or "."),
    "hydra.utils.to_absolute_path": lambda run, arguments: arguments.get(0) or Unknown(),
}
