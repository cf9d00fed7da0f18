"""Follows a shell script's commands in the order in which they run, keeping what is known of its variables."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from dataclasses import dataclass, field

from qp_lint.parse.shell import documents
from qp_lint.parse.shell.lexer import HereDocument, Lexer, Word
from qp_lint.parse.shell.model import Command
from qp_lint.parse.shell.syntax import Case, For, Function, If, Item, Parser, Redirect, Simple, Statement, While
from qp_lint.parse.shell.values import (
    Array,
    Expander,
    Field,
    Options,
    Picks,
    Piece,
    Text,
    Value,
    cut,
    joined,
    merged,
    node,
    plain,
)
from qp_lint.text import Source, Span
from qp_lint.tree import Choice, Node, Unknown

_COMMANDS = 20_000
_CALLS = 6  # functions within functions
_EMBEDDED = 3  # `bash -c "bash -c …"`
_LOOP = 16  # values of a loop that are told apart
_EXPORTS = 256

_TESTS = frozenset(("[", "[[", "test", "(("))
_DECLARE = frozenset(("export", "declare", "typeset", "local", "readonly"))
_SILENT = _TESTS | {":", "set", "shopt", "shift", "read", "unset", "cd", "pushd", "popd", "return", "break", "continue", "exit"}
_PREFIXES = frozenset(("exec", "command", "builtin", "nohup", "time"))
_SHELLS = frozenset(("bash", "sh", "zsh", "dash"))
_NAME = re.compile(r"([A-Za-z_]\w*)\+?=")


@dataclass(slots=True)
class State:
    """What is known at one point of a script; `dead` says by which word (`exit`, …) it cannot be reached."""

    vars: dict[str, Value | None] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    directory: str | None = ""
    params: tuple[Text | None, ...] | None = None
    dead: str = ""

    def copy(self) -> State:
        return State(dict(self.vars), dict(self.places), set(self.exported), self.directory, self.params, self.dead)


class Interpreter:
    """Runs one source; `files` and `commands` collect what it does."""

    def __init__(self, source: Source, state: State | None = None, picks: Picks | None = None, level: int = 0) -> None:
        self.source = source
        self.state = state or State()
        self.picks = picks or Picks()
        self.level = level
        self.calls = 0
        self.commands: list[Command] = []
        self.files: dict[str, Source] = {}
        self.unsure: set[str] = set()  # files that are written in more than one way
        self.functions: dict[str, Function] = {}
        self.called: set[str] = set()
        self.expander = Expander(source, self.lookup, lambda name, text: self.set(name, text, None), self.picks)
        self._env: dict[str, Node] | None = None

    def script(self, tokens: Parser) -> None:
        """Run all of it, then the functions that were never called, which may be called in ways not seen."""
        self.run(tokens.script(), False)
        for name, function in list(self.functions.items()):
            if name not in self.called:
                self.state.dead, self.state.params = "", None
                self.aside(function.body, True)

    def run(self, items: list[Item], maybe: bool) -> None:
        """Statements in order; those after `||`, or after a test and `&&`, are undecided."""
        tested = undecided = False
        for item in items:
            if self.state.dead or len(self.commands) >= _COMMANDS:
                return
            if item.op == ";":
                undecided = False
            elif item.op == "||" or (item.op == "&&" and tested):
                undecided = True
            if undecided and item.op != "|":
                before = self.state.copy()
                self.statement(item.node, True)
                self.merge([self.state, before], self.source.span(item.node.start, item.node.end))
            else:
                self.statement(item.node, maybe or undecided)
            tested = isinstance(item.node, Simple) and bool(item.node.words) and item.node.words[0].bare in _TESTS

    def statement(self, statement: Statement, maybe: bool) -> None:
        if isinstance(statement, Simple):
            self.simple(statement, maybe)
        elif isinstance(statement, If):
            self.if_(statement, maybe)
        elif isinstance(statement, For):
            self.for_(statement, maybe)
        elif isinstance(statement, While):
            self.run(statement.condition, maybe)
            self.branch([statement.body, []], self.source.span(statement.start, statement.end), loop=True)
        elif isinstance(statement, Case):
            arms = statement.arms if statement.total else [*statement.arms, []]
            self.branch(arms, self.source.span(statement.start, statement.end))
        elif isinstance(statement, Function):
            self.functions[statement.name] = statement
        elif statement.subshell:
            self.aside(statement.body, maybe)
        else:
            self.run(statement.body, maybe)

    def aside(self, items: list[Item], maybe: bool) -> None:
        """Run in a subshell: what it sets is lost."""
        before = self.state.copy()
        self.run(items, maybe)
        self.restore(before)

    def restore(self, state: State) -> None:
        self.state = state
        self._env = None

    def if_(self, statement: If, maybe: bool) -> None:
        first = statement.arms[0][0]
        self.run(first, maybe)
        arms = [body if number == 0 else [*condition, *body] for number, (condition, body) in enumerate(statement.arms)]
        self.branch([*arms, statement.otherwise or []], self.source.span(statement.start, statement.end))

    def branch(self, arms: list[list[Item]], place: Span, loop: bool = False) -> None:
        """Run each side of an undecided branch from the present state, and join what comes out."""
        before, ends = self.state, []
        for arm in arms:
            self.restore(before.copy())
            self.run(arm, True)
            if loop and self.state.dead == "loop":
                self.state.dead = ""
            ends.append(self.state)
        self.merge(ends, place)

    def merge(self, ends: list[State], place: Span) -> None:
        """Join the states after an undecided branch: a variable that differs has one value a side."""
        alive = [end for end in ends if not end.dead]
        if not alive:
            self.restore(ends[-1])
            return
        result = alive[0].copy()
        for end in alive[1:]:
            result.exported |= end.exported
            result.places = {**end.places, **result.places}
            if end.directory != result.directory:
                result.directory = None
            if end.params != result.params:
                result.params = None
        for name in {name for end in alive for name in end.vars}:
            values = [(alive[0] if end.dead else end).vars.get(name) for end in ends]
            if any(value is not values[0] for value in values):
                result.vars[name] = Options(place, tuple(values))
        self.restore(result)

    def for_(self, statement: For, maybe: bool) -> None:
        head = self.source.span(statement.start, statement.end)
        values = self.loop_values(statement.words)
        if values == []:
            return
        value: Value | None = None
        if values is not None:
            value = values[0] if len(values) == 1 else Options(head, tuple(values))
        self.set(statement.name, value, head)
        self.run(statement.body, maybe or values is None)
        if self.state.dead == "loop":
            self.state.dead = ""

    def loop_values(self, words: list[Word] | None) -> list[Text] | None:
        """The texts that a loop goes through; None when they are not known or too many."""
        if words is None:
            found = (
                None if self.state.params is None else [Field(text or (), self.source.span(0, 0)) for text in self.state.params]
            )
        else:
            ways = self.picks.ways(lambda: [field for word in words for field in self.expander.fields(word)])
            found = ways[0][1] if len(ways) == 1 else None
        if found is None or len(found) > _LOOP or any(field.plain is None or set("*?[") & set(field.plain) for field in found):
            return None
        return [field.text for field in found]

    # variables

    def lookup(self, name: str) -> Value | None:
        if name in ("@", "*"):
            return None if self.state.params is None else Array(self.state.params)
        if name.isdecimal():
            if self.state.params is None or name == "0" or len(name) > 4:
                return None
            number = int(name) - 1
            return self.state.params[number] if number < len(self.state.params) else ()
        return self.state.vars.get(name)

    def set(self, name: str, value: Value | None, place: Span | None) -> None:
        name, subscript, _ = name.partition("[")
        self.state.vars[name] = Array((None,)) if subscript else value
        if place is not None:
            self.state.places[name] = place
        self._env = None

    def assign(self, word: Word) -> None:
        """`NAME=value`, `NAME+=value`, `NAME=(a b)`."""
        place = self.source.span(word.start, word.end)
        if word.items is not None:
            items = self.array(word.items)
            old = self.state.vars.get(word.name) if word.plus else Array(())
            self.set(word.name, self.appended(old, items), place)
            return
        value = self.value(word)
        if word.plus:
            value = self.extended(word.name, value)
        self.set(word.name, value, self.value_span(word))

    def value_span(self, word: Word) -> Span:
        length = len(word.name) + (2 if word.plus else 1)
        return self.source.span(min(word.start + length, word.end), word.end)

    def value(self, word: Word) -> Value:
        return joined(self.picks.ways(lambda: self.expander.text(word)))

    def extended(self, name: str, value: Value) -> Value | None:
        """`NAME+=value` of a text; unknown when the old one is an array or not known."""

        def both() -> Text:
            old, new = self.picks.resolve(self.state.vars.get(name)), self.picks.resolve(value)
            place = self.state.places.get(name, self.source.span(0, 0))
            if not isinstance(old, tuple) or not isinstance(new, tuple):
                return (Piece(None, place),)
            return self.picks.charge(old + new)

        return joined(self.picks.ways(both))

    def array(self, words: list[Word]) -> tuple[Text | None, ...]:
        """The elements that words give; None for any number of them."""
        ways = self.picks.ways(lambda: [field for word in words for field in self.expander.fields(word)])
        if len(ways) > 1:
            return (None,)
        return tuple(None if field.many else field.text for field in ways[0][1])

    def appended(self, old: Value | None, items: tuple[Text | None, ...]) -> Value:
        """An array with more elements."""
        if isinstance(old, Options):
            return Options(old.branch, tuple(self.appended(value, items) for value in old.values))
        first = old.items if isinstance(old, Array) else (None,) if old is None else (old,)
        if len(first) + len(items) > 1024:
            return Array((None,))
        return Array(first + items)

    def env(self) -> dict[str, Node]:
        """The exported variables."""
        if self._env is None:
            names = sorted(self.state.exported)[:_EXPORTS]
            self._env = {name: self.node(self.state.vars.get(name), name) for name in names}
        return self._env

    def node(self, value: Value | None, name: str) -> Node:
        place = self.state.places.get(name) or self.source.span(0, 0)
        if isinstance(value, Options):
            return Choice(tuple(self.node(option, name) for option in value.values), value.branch, span=place)
        if isinstance(value, tuple):
            return node(Field(value, place))
        return Unknown(span=self.state.places.get(name))

    # commands

    def simple(self, command: Simple, maybe: bool) -> None:
        span = self.source.span(command.start, command.end)
        ways = self.picks.ways(lambda: [field for word in command.words for field in self.expander.fields(word)])
        if not ways[0][1] and len(ways) == 1:
            for word in command.assigns:
                self.assign(word)
            return
        env = {word.name: self.prefix(word) for word in command.assigns}
        if all(len(fields) == len(ways[0][1]) for _, fields in ways):
            nodes = [merged([(taken, fields[i]) for taken, fields in ways]) for i in range(len(ways[0][1]))]
            fields = ways[0][1] if len(ways) == 1 else [_common([way[i] for _, way in ways]) for i in range(len(nodes))]
            self.command(fields, nodes, env, command, span, maybe)
        else:
            for _, fields in ways:
                if fields:
                    self.command(fields, [node(field) for field in fields], env, command, span, True)

    def prefix(self, word: Word) -> Node:
        """The value of `NAME=value` before a command."""
        place = self.value_span(word)
        value = None if word.items is not None else self.value(word)
        if isinstance(value, tuple):
            return node(Field(value, place))
        if isinstance(value, Options):
            return Choice(
                tuple(node(Field(v, place)) if isinstance(v, tuple) else Unknown() for v in value.values),
                value.branch,
                span=place,
            )
        return Unknown(span=place)

    def command(
        self, fields: list[Field], nodes: list[Node], env: dict[str, Node], command: Simple, span: Span, maybe: bool
    ) -> None:
        """One expanded command: a builtin that changes the state, a function, or a program."""
        fields, nodes = _unwrapped(fields, nodes, env)
        if not fields:
            return
        name = fields[0].plain or ""
        if name in _DECLARE:
            self.declare(name, command, fields)
            return
        if name in ("exit", "return", "break", "continue"):
            self.state.dead = name if name in ("exit", "return") else "loop"
            return
        self.builtin(name, fields)
        if name in self.functions and self.calls < _CALLS:
            self.call(self.functions[name], fields[1:], maybe)
            return
        stdin = self.redirected(name, fields, command.redirects, maybe)
        if name not in _SILENT and name != "eval":
            merged_env = {**self.env(), **env} if env else self.env()
            self.commands.append(Command(tuple(nodes), merged_env, span, self.state.directory, maybe, stdin))
        self.inner(name, fields, env, maybe)
        if command.words and command.words[0].bare == "exec":
            self.state.dead = "exit"

    def declare(self, name: str, command: Simple, fields: list[Field]) -> None:
        """`export NAME=value …`, `declare -x …`, `local …`."""
        plains = [field.plain or "" for field in fields[1:]]
        exports = name == "export" or any(re.fullmatch(r"-\w*x\w*", word) for word in plains)
        for word in command.words:
            if word.is_assignment():
                self.assign(word)
        for field in fields[1:]:
            match = _NAME.match(field.head)
            if match and match[1] not in self.state.vars:  # `export "NAME=value"`
                self.set(match[1], cut(field.text, match.end()), _after(field.written, match.end()))
            if exports and (name := match[1] if match else field.plain or "") and not name.startswith("-"):
                self.state.exported.add(name)
        self._env = None

    def builtin(self, name: str, fields: list[Field]) -> None:
        """What `cd`, `set`, `shift`, `read` and `unset` change."""
        words = [field.plain for field in fields[1:]]
        if name in ("cd", "pushd"):
            self.change(words[-1] if words else None)
        elif name == "popd":
            self.state.directory = None
        elif name == "set" and "--" in words:
            self.state.params = tuple(None if f.many else f.text for f in fields[words.index("--") + 2 :])
        elif name == "shift" and self.state.params is not None:
            count = int(words[0]) if words and words[0] and words[0].isdecimal() and len(words[0]) < 4 else 1
            self.state.params = self.state.params[count:]
        elif name in ("read", "mapfile", "readarray", "getopts"):
            for word in words:
                if word and word.isidentifier():
                    self.set(word, None, None)
        elif name == "unset":
            for word in words:
                if word and word.isidentifier():
                    self.set(word, (), None)
                    self.state.exported.discard(word)

    def change(self, target: str | None) -> None:
        """`cd target`."""
        if target is None or target.startswith(("~", "-")) or "\0" in target:
            self.state.directory = None
        elif target.startswith("/"):
            self.state.directory = posixpath.normpath(target)
        elif self.state.directory is not None:
            joined_path = posixpath.normpath(posixpath.join(self.state.directory, target))
            self.state.directory = "" if joined_path == "." else joined_path

    def call(self, function: Function, arguments: list[Field], maybe: bool) -> None:
        """Run a function's body with its arguments."""
        self.called.add(function.name)
        outer = self.state.params
        self.state.params = tuple(None if field.many else field.text for field in arguments)
        self.calls += 1
        self.run(function.body, maybe)
        self.calls -= 1
        self.state.params = outer
        if self.state.dead == "return":
            self.state.dead = ""

    def inner(self, name: str, fields: list[Field], env: dict[str, Node], maybe: bool) -> None:
        """The commands inside `eval "…"` and `bash -c "…"`, wherever that stands in a command."""
        if self.level >= _EMBEDDED:
            return
        if name == "eval":
            text: Text = ()
            for field in fields[1:]:
                text += (*field.text, *_space(field))
            self.nested(text, self.state, maybe)
            return
        for shell, flag, script in zip(fields, fields[1:], fields[2:], strict=False):
            if posixpath.basename(shell.plain or "") in _SHELLS and re.fullmatch(r"-\w*c", flag.plain or ""):
                state = State({n: self.state.vars.get(n) for n in self.state.exported}, directory=self.state.directory)
                state.places, state.exported = dict(self.state.places), set(self.state.exported)
                self.nested(script.text, state, maybe)
                return

    def nested(self, text: Text, state: State, maybe: bool) -> None:
        """Run a text as a script."""
        if not text:
            return
        source = documents.embedded(text[0].own.source, text)
        child = Interpreter(source, state, self.picks, self.level + 1)
        child.functions = dict(self.functions)
        child.called = set(self.functions)
        child.script(Parser(Lexer(source.text).tokens()))
        commands = child.commands[: max(_COMMANDS - len(self.commands), 0)]
        self.commands += [dataclasses.replace(c, maybe=True) for c in commands] if maybe else commands
        self.files.update(child.files)
        self._env = None

    # here-documents

    def redirected(self, name: str, fields: list[Field], redirects: list[Redirect], maybe: bool) -> Source | None:
        """The here-document that a command reads; what `cat` and `tee` write with it goes to `files`."""
        document = None
        for redirect in redirects:
            if redirect.body is not None:
                document = self.document(redirect.body)
        if document is None:
            return None
        if name == "cat":
            for redirect in redirects:
                if redirect.op in (">", ">|", ">>") and redirect.target is not None:
                    self.write(plain(self.expander.text(redirect.target)), document, maybe, redirect.op == ">>")
        elif name == "tee":
            append = any(field.plain == "-a" for field in fields)
            for field in fields[1:]:
                if field.plain and not field.plain.startswith("-"):
                    self.write(field.plain, document, maybe, append)
        return document

    def document(self, body: HereDocument) -> Source | None:
        if body.literal:
            return documents.literal(self.source, body)
        found = [result for _, result in self.picks.ways(lambda: documents.expanded(self.source, body, self.expander))]
        return found[0] if len(found) == 1 else None

    def write(self, target: str | None, document: Source, maybe: bool, append: bool) -> None:
        """Note what a file holds; one that is written in several ways is left out."""
        if not target or self.state.directory is None or "\0" in target:
            return
        path = posixpath.normpath(posixpath.join(self.state.directory, target))
        if append or (maybe and path in self.files):
            self.unsure.add(path)
        self.files[path] = document
        if path in self.unsure:
            del self.files[path]


def _common(fields: list[Field]) -> Field:
    """A word that is the same on every way, else one that is not known."""
    first = fields[0]
    if all(field.plain == first.plain for field in fields):
        return first
    return Field((Piece(None, first.written),), first.written)


def _after(span: Span, count: int) -> Span:
    return Span(span.source, min(span.start + count, span.end), span.end)


def _space(field: Field) -> Text:
    """The blank that `eval` puts after each of its words."""
    end = field.text[-1].own.end if field.text else field.written.end
    return (Piece(" ", Span(field.written.source, end, end)),)


def _unwrapped(fields: list[Field], nodes: list[Node], env: dict[str, Node]) -> tuple[list[Field], list[Node]]:
    """A command without `exec`, `nohup`, `env A=1 …` before it; the variables of `env` go to `env`."""
    at = 0
    while at < len(fields):
        name = fields[at].plain
        if name in _PREFIXES:
            at += 1
        elif name == "env" and at + 1 < len(fields):
            at += 1
            while at < len(fields):
                match = _NAME.match(fields[at].head)
                if match:
                    env[match[1]] = node(Field(cut(fields[at].text, match.end()), _after(fields[at].written, match.end())))
                elif fields[at].plain in ("-u", "--unset", "-C", "--chdir"):
                    at += 1
                elif not (fields[at].plain or "").startswith("-"):
                    break
                at += 1
        else:
            break
    return fields[at:], nodes[at:]
