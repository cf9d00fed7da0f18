"""Follows a shell script's commands in the order in which they run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence

from qp_lint.parse.shell import documents, nested
from qp_lint.parse.shell.conditions import arm_of, case_of
from qp_lint.parse.shell.model import COMMANDS, Command, Opener
from qp_lint.parse.shell.state import State, Variables, merged_state
from qp_lint.parse.shell.syntax import Case, For, Function, If, Item, Redirect, Simple, Statement, While
from qp_lint.parse.shell.texts import Field, Options, Piece, Value, cut, plain
from qp_lint.parse.shell.tokens import HereDocument
from qp_lint.parse.shell.values import Picks, merged, node
from qp_lint.text import Source, Span
from qp_lint.tree import Decision, Loop, Node

_STATEMENTS = 200_000
_CALLS = 6  # functions within functions
_LOOP = 16  # values of a loop that are told apart

_TESTS = frozenset(("[", "[[", "test", "(("))
_DECLARE = frozenset(("export", "declare", "typeset", "local", "readonly"))
_STOPS = {"exit": "exit", "return": "return", "break": "loop", "continue": "loop"}
_SILENT = _TESTS | {":", "true", "false", "set", "shopt", "shift", "read", "unset", "cd", "pushd", "popd", "eval"}
_PREFIXES = frozenset(("exec", "command", "builtin", "nohup", "time"))
_ENV_FILE = re.compile(r"\$\((?:[^()]*\s)?([\w./-]*\.env[\w.-]*)(?:\s*\|[^()]*)?\)")  # `export $(grep -v '^#' .env | xargs)`
_NAME = re.compile(r"([A-Za-z_]\w*)\+?=")
_ASKED = re.compile(r"\$\{?[1#@*]|\bgetopts\b")  # in the condition of a loop: it takes the arguments of the script


def _nothing(name: str, started: bool) -> None:
    return None


class Interpreter:
    """Runs one source; `commands` and `files` collect what it does.  `read` gives the text of a file that it sources."""

    def __init__(
        self, source: Source, state: State | None = None, outer: Interpreter | None = None, read: Opener = _nothing
    ) -> None:
        self.source = source
        self.picks: Picks = outer.picks if outer else Picks()
        self.variables = Variables(source, state or State(), self.picks)
        self.level: int = outer.level + 1 if outer else 0
        self.read: Opener = outer.read if outer else read
        self.calls = 0
        self.steps = 0
        self.commands: list[Command] = []
        self.decisions: list[Decision] = outer.decisions if outer else []
        self.files: dict[str, Source] = {}
        self.unsure: set[str] = set()  # files that are written in more than one way
        self.functions: dict[str, tuple[Function, Source]] = {}  # with the source that defines it
        self.called: set[str] = set()
        self.callers: tuple[Span, ...] = ()  # the calls through which this point is reached, outermost first
        self.panes: dict[str, State] = {}  # the shells that tmux sends keys to

    @property
    def state(self) -> State:
        """The state at the present point."""
        return self.variables.state

    def script(self, items: list[Item], uncalled: bool = False) -> None:
        """Run all of it, then its `uncalled` functions if something not seen may call them."""
        self.run(items, False)
        for name, (function, source) in list(self.functions.items()) if uncalled else ():
            if name not in self.called and source is self.source:
                self.state.dead, self.state.params = "", None
                self.aside(function.body, True)

    def run(self, items: list[Item], maybe: bool) -> None:
        """Statements in order; those after `||`, or after a test and `&&`, are undecided."""
        tested = undecided = False
        for item in items:
            self.steps += 1
            if self.state.dead or len(self.commands) >= COMMANDS or self.steps > _STATEMENTS:
                return
            if item.op == ";":
                undecided = False
            elif item.op == "||" or (item.op == "&&" and tested):
                undecided = True
            if undecided and item.op != "|":
                before = self.state
                self.variables.enter(before.copy())
                self.statement(item.node, True)
                place = self.source.span(item.node.start, item.node.end)
                self.variables.enter(merged_state(before, [self.state, before.copy()], place))
            else:
                self.statement(item.node, maybe or undecided)
            tested = isinstance(item.node, Simple) and bool(item.node.words) and item.node.words[0].bare in _TESTS

    def statement(self, statement: Statement, maybe: bool) -> None:
        """Run one statement."""
        if isinstance(statement, Simple):
            self.simple(statement, maybe)
        elif isinstance(statement, For):
            self.loop(statement, maybe)
        elif isinstance(statement, If):
            self.run(statement.arms[0][0], maybe)
            bodies = [body for _, body in statement.arms]
            if self.decided(
                statement.start, lambda: arm_of(statement.arms, self.variables), [*bodies, statement.otherwise or []], maybe
            ):
                return
            arms = [body if number == 0 else [*condition, *body] for number, (condition, body) in enumerate(statement.arms)]
            self.branch([*arms, statement.otherwise or []], self.source.span(statement.start, statement.end))
        elif isinstance(statement, While):
            self.run(statement.condition, maybe)
            before = self.state
            self.branch([statement.body, []], self.source.span(statement.start, statement.end), loop=True)
            if before.params is None and _ASKED.search(self.source.text, statement.start, statement.end):
                self.variables.restore(before)
        elif isinstance(statement, Case):
            if self.decided(statement.start, lambda: case_of(statement, self.variables), [*statement.arms, []], maybe):
                return
            arms = statement.arms if statement.total else [*statement.arms, []]
            self.branch(arms, self.source.span(statement.start, statement.end))
        elif isinstance(statement, Function):
            self.functions[statement.name] = (statement, self.source)
        elif statement.subshell:
            self.aside(statement.body, maybe)
        else:
            self.run(statement.body, maybe)

    def aside(self, items: list[Item], maybe: bool) -> None:
        """Run in a subshell: what it sets is lost."""
        before = self.state.copy()
        self.run(items, maybe)
        self.variables.enter(before)

    def branch(self, arms: list[list[Item]], place: Span, loop: bool = False) -> None:
        """Run each side of an undecided branch from the present state, and join what comes out."""
        before, ends = self.state, []
        for arm in arms:
            self.variables.enter(before.copy())
            self.run(arm, True)
            if loop and self.state.dead == "loop":
                self.state.dead = ""
            ends.append(self.state)
        self.variables.enter(merged_state(before, ends, place))

    def decided(self, start: int, choose: Callable[[], int | None], bodies: list[list[Item]], maybe: bool) -> bool:
        """Run the arm that `choose` says, one for each side where the value of one loop or branch decides; False if none can.

        The statement begins at `start`.
        """
        asked: list[Span] = []
        self.picks.asked = asked
        ways = self.picks.ways(choose)
        self.picks.asked = None
        arms = {arm for _, arm in ways}
        if None in arms:
            return False
        if len(arms) == 1:
            body = bodies[ways[0][1] or 0]
            if body and asked:
                region = self.source.span(body[0].node.start, body[-1].node.end)
                self.decisions.append(Decision(region, self.source.span(start, region.start), tuple(dict.fromkeys(asked))))
            self.run(body, maybe)
            return True
        branches = {branch for taken, _ in ways for branch in taken}
        if len(branches) > 1 or len(ways) != ways[0][0][next(iter(branches))][1]:
            return False
        branch, before, ends = branches.pop(), self.state, []
        for side, (_, arm) in enumerate(ways):
            self.variables.enter(before.copy())
            self.picks.pinned[branch] = side
            self.run(bodies[arm or 0], True)
            del self.picks.pinned[branch]
            ends.append(self.state)
        self.variables.enter(merged_state(before, ends, branch))
        return True

    def loop(self, statement: For, maybe: bool) -> None:
        """Run a loop's body once, its variable standing for each of its values: one branch with a side for each."""
        values = self.variables.loop(statement.words, _LOOP)
        if values == []:
            return
        texts = tuple(plain(value) or "?" for value in values or ())
        head = Loop(self.source, statement.start, statement.end, statement.name, texts)
        value: Value | None = None
        if values is not None:
            value = values[0] if len(values) == 1 else Options(head, tuple(values))
        self.variables.set(statement.name, value, head)
        self.run(statement.body, maybe or values is None)
        if self.state.dead == "loop":
            self.state.dead = ""

    def simple(self, command: Simple, maybe: bool) -> None:
        """Expand a command on every way through the branches behind its variables, and run what comes out."""
        ways = self.picks.ways(lambda: self.variables.fields(command.words))
        if len(ways) == 1 and not ways[0][1]:
            for word in command.assigns:
                self.variables.assign(word)
            return
        env = {word.name: self.variables.prefix(word) for word in command.assigns}
        function = any(fields and fields[0].plain in self.functions for _, fields in ways)
        launched: Command | None = None
        if len({len(fields) for _, fields in ways}) == 1 and not (function and len(ways) > 1):
            fields = ways[0][1]
            nodes = [node(field) for field in fields]
            if len(ways) > 1:
                columns = [[(taken, fields[index]) for taken, fields in ways] for index in range(len(fields))]
                nodes, fields = [merged(column) for column in columns], [_common(column) for column in columns]
            launched = self.command(fields, nodes, env, command, maybe)
        else:
            for taken, fields in ways:
                with self.picks.pin(taken):
                    launched = self.command(fields, [node(field) for field in fields], dict(env), command, maybe or not function)
        told = {nested.told(fields): taken for taken, fields in reversed(ways)}
        for words, taken in reversed(told.items()):
            with self.picks.pin(taken):
                nested.inner(self, words, maybe or len(ways) > 1)
                if launched is not None:
                    nested.follow(self, words[_unwrapped(words, {}) :], launched)

    def command(
        self, fields: list[Field], nodes: list[Node], env: dict[str, Node], command: Simple, maybe: bool, /
    ) -> Command | None:
        """One expanded command: a builtin that changes the state, a function, or a program, which is given back."""
        at = _unwrapped(fields, env)
        fields, nodes = fields[at:], nodes[at:]
        if not fields:
            return None
        name = fields[0].plain or ""
        if name in _DECLARE:
            self.declare(name, command, fields)
        elif name in ("source", "."):
            nested.source_file(self, fields[1:], maybe, self.place(command))
        elif name in _STOPS:
            self.state.dead = _STOPS[name]
        elif name in self.functions and self.calls < _CALLS:
            self.call(*self.functions[name], fields[1:], maybe, self.place(command))
        else:
            self.builtin(name, fields)
            stdin = self.redirected(name, fields, command.redirects, maybe)
            if name not in _SILENT:
                variables = {**self.variables.env(), **env} if env else self.variables.env()
                place, directory = self.place(command), self.state.directory
                self.commands.append(
                    Command(
                        tuple(nodes), variables, place, directory, maybe, stdin, self.callers, self.picks.turns(), self.decisions
                    )
                )
                if command.words and command.words[0].bare == "exec":
                    self.state.dead = "exit"
                return self.commands[-1]
        return None

    def declare(self, name: str, command: Simple, fields: list[Field]) -> None:
        """`export NAME=value …`, `declare -x …`, `local …`."""
        exports = name == "export" or any(re.fullmatch(r"-\w*x\w*", field.plain or "") for field in fields[1:])
        if exports and (match := _ENV_FILE.search(self.source.text, command.start, command.end)):
            nested.env_file(self, match[1])
        done = set()
        for word in command.words:
            if word.is_assignment():
                self.variables.assign(word)
                done.add(word.name)
        for field in fields[1:]:
            match = _NAME.match(field.head)
            if match and match[1] not in done:  # `export "NAME=value"`
                self.variables.set(match[1], cut(field.text, match.end()), _after(field.written, match.end()))
            target = match[1] if match else field.plain or ""
            if exports and target.isidentifier():
                self.variables.export(target)

    def builtin(self, name: str, fields: list[Field]) -> None:
        """What `cd`, `set`, `shift`, `read` and `unset` change."""
        words = [field.plain for field in fields[1:]]
        if name in ("cd", "pushd"):
            self.state.change(words[-1] if words else None)
        elif name == "popd":
            self.state.directory = None
        elif name == "set" and (words[:1] in (["-a"], ["+a"]) or words[1:] == ["allexport"]):
            self.variables.export_all = (words[0] or "").startswith("-")
        elif name == "set" and "--" in words:
            self.state.params = tuple(None if f.many else f.text for f in fields[words.index("--") + 2 :])
        elif name == "shift" and self.state.params is not None:
            count = int(words[0]) if words and words[0] and words[0].isdecimal() and len(words[0]) < 4 else 1
            self.state.params = self.state.params[count:]
        elif name in ("read", "mapfile", "readarray", "getopts", "unset"):
            for word in words:
                if word and word.isidentifier():
                    self.variables.unset(word) if name == "unset" else self.variables.set(word, None)

    def call(self, function: Function, source: Source, arguments: list[Field], maybe: bool, place: Span) -> None:
        """Run a function's body with its arguments; `place` is the call."""
        self.called.add(function.name)
        outer, callers = self.state.params, self.callers
        self.state.params = tuple(None if field.many else field.text for field in arguments)
        self.callers = (*callers, place)
        self.calls += 1
        if source is self.source:
            self.run(function.body, maybe)
        else:
            nested.within(self, source, self.state, maybe, items=function.body)
        self.calls -= 1
        self.callers = callers
        self.state.params = outer
        if self.state.dead == "return":
            self.state.dead = ""

    def place(self, command: Simple) -> Span:
        """Where a command is written."""
        return self.source.span(command.start, command.end)

    def child(self, source: Source, state: State, apart: bool) -> Interpreter:
        """An interpreter for another source, started from here; `apart`: a shell of its own, which knows no functions."""
        child = Interpreter(source, state, self)
        child.callers, child.calls = self.callers, self.calls
        if not apart:
            child.functions, child.called = self.functions, self.called
        return child

    # here-documents

    def redirected(self, name: str, fields: list[Field], redirects: list[Redirect], maybe: bool) -> Source | None:
        """The here-document that a command reads; what `cat` and `tee` write with it goes to `files`."""
        bodies = [redirect.body for redirect in redirects if redirect.body is not None]
        if name == "read" and bodies and any(field.plain == "-d" for field in fields) and fields[-1].plain:
            text = self.picks.ways(lambda: documents.text_of(self.source, bodies[-1], self.variables.expander))[0][1]
            self.variables.set(fields[-1].plain, text)
        document = self.document(bodies[-1]) if bodies else None
        if document is None:
            return None
        if name == "cat":
            for redirect in redirects:
                if redirect.op in (">", ">|", ">>") and redirect.target is not None:
                    self.write(plain(self.variables.expander.text(redirect.target)), document, maybe, redirect.op == ">>")
        elif name == "tee":
            append = any(field.plain == "-a" for field in fields)
            for field in fields[1:]:
                if field.plain and not field.plain.startswith("-"):
                    self.write(field.plain, document, maybe, append)
        return document

    def document(self, body: HereDocument) -> Source | None:
        """A here-document's text; None when it is too long or differs by branch."""
        if body.literal:
            return documents.literal(self.source, body)
        ways = self.picks.ways(lambda: documents.expanded(self.source, body, self.variables.expander))
        return ways[0][1] if len(ways) == 1 else None

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


def _common(column: list[tuple[dict[Span, tuple[int, int]], Field]]) -> Field:
    """A word that is the same on every way, else one that is not known."""
    first = column[0][1]
    if all(field.plain == first.plain and field.many == first.many for _, field in column):
        return first
    return Field((Piece(None, first.written),), first.written)


def _after(span: Span, count: int) -> Span:
    return Span(span.source, min(span.start + count, span.end), span.end)


def _unwrapped(fields: Sequence[Field], env: dict[str, Node]) -> int:
    """How many words `exec`, `nohup`, `env A=1 …` before a command are; the variables of `env` go to `env`."""
    at = 0
    while at < len(fields):
        name = fields[at].plain
        if name not in _PREFIXES and name != "env":
            break
        at += 1
        while name == "env" and at < len(fields):
            if match := _NAME.match(fields[at].head):
                env[match[1]] = node(Field(cut(fields[at].text, match.end()), _after(fields[at].written, match.end())))
            elif fields[at].plain in ("-u", "--unset", "-C", "--chdir"):
                at += 1
            elif not (fields[at].plain or "").startswith("-"):
                break
            at += 1
    return at
