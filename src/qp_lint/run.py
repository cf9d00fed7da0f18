"""A run: one thing that a person would launch, with every setting that is known of it.

Framework readers fill a `RunBuilder`; rules see the finished `Run`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qp_lint import tree
from qp_lint.settings import Rank, Setting, is_setting
from qp_lint.text import Span
from qp_lint.tree import Arm, Call, Choice, Cover, Decision, Loop, Node, Plain
from qp_lint.versions import Versions

if TYPE_CHECKING:
    from qp_lint.project import Project


@dataclass(frozen=True, slots=True)
class Run:
    """A linked run.

    `labels` are the parts of its name; `spans` are the places that make it a run, launch first.  Where undecided branches of
    a script lead to different settings there is one Run for each way through (`branches` are the arms taken), all with the
    same `labels` and `spans`.  `covers` tells what values stood where others now do.
    """

    labels: tuple[str | Span, ...]
    settings: Mapping[str, Setting]
    spans: tuple[Span, ...]
    versions: Versions
    files: tuple[str, ...] = ()  # paths of every file that was read for it
    branches: tuple[Arm, ...] = ()
    decisions: tuple[Decision, ...] = ()  # of its program, by known values
    covers: tuple[Cover, ...] = ()

    @property
    def name(self) -> str:
        """What tells runs apart for people: the files and lines that make it, and in which turn of a loop."""
        first, *rest = [*dict.fromkeys(map(_label, self.labels))] or ["run"]
        turns = [f"{arm.branch.name}={arm.branch.values[arm.index]}" for arm in self.loops if isinstance(arm.branch, Loop)]
        return " + ".join([f"{first} with {', '.join(turns)}" if turns else first, *rest])

    @property
    def identity(self) -> object:
        """The same for all ways through one program, and for no other run."""
        return self.labels, self.spans, self.loops

    @property
    def loops(self) -> tuple[Arm, ...]:
        """The turns of loops among its branches: each of them is a run of its own."""
        return tuple(arm for arm in self.branches if isinstance(arm.branch, Loop))

    def value(self, name: str) -> Plain:
        """The known value of a setting, None when it is unset, unknown or one of several."""
        setting = self.settings.get(name)
        return setting.value if setting else None

    def covered(self, place: Span) -> Iterator[Cover]:
        """What the value that is written at a place stands over, what that stood over, and so on."""
        for each in reversed(self.covers):
            if place in (each.value.span, next(iter(tree.leaves(each.value))).span):
                yield each
                if each.under.span is None:
                    return
                place = each.under.span

    def overrides(self, setting: Setting) -> tuple[Setting, ...]:
        """What a setting won over, strongest first: what its key had before, where its value is a key's; then the others."""
        key = setting.key.rpartition(".")[2]
        found = (
            self.before(each, setting)
            for place in setting.spans[:1]
            for each in self.covered(place)
            if setting.rank > Rank.DEFAULT and (each.key == key or setting.values == tree.possible(each.value)[0])
        )
        same = setting.values, setting.spans[:1]
        return (*found, *(old for old in setting.overrides if not old.spans or (old.values, old.spans[:1]) != same))

    def before(self, cover: Cover, setting: Setting) -> Setting:
        """The setting as it would be had a value not been covered, in the words of the key that it was written under."""
        values, exact = tree.possible(cover.under)
        spans = tuple(place for place in (cover.under.span, *cover.under.via) if place is not None)
        return Setting(setting.name, values, exact, spans, setting.framework, cover.key, Rank.FILE)


def _label(part: str | Span) -> str:
    return part if isinstance(part, str) else part.where()


@dataclass(slots=True)
class RunBuilder:
    """Collects the settings of one run while its launch, configs and scripts are read.

    `env` holds the environment variables that are known; `directory` is the working directory of the launch, relative to
    the project's root (posix, "" for the root); `files` the paths that were read.
    """

    project: Project
    versions: Versions
    env: dict[str, Node] = field(default_factory=dict)
    directory: str = ""
    settings: dict[str, Setting] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    labels: list[str | Span] = field(default_factory=list)  # parts of the run's name; a place counts with its line
    arguments: list[Node] | None = None  # words after the script on its command line; None when no launch is known
    function: str = ""  # of its program, which an installed command calls instead of running it as a script
    parameters: dict[str, Node] = field(default_factory=dict)  # that papermill gives to its notebook
    calls: tuple[Call, ...] = ()  # every library call of the run's program, in order of evaluation
    decisions: tuple[Decision, ...] = ()  # of the run's program, by known values
    models: list[Call] = field(default_factory=list)  # the calls whose value is the run's model, as loaded and as wrapped
    part: int = 0  # which of the program's trainings this run is
    parts: int = 1  # how many trainings the program holds, known once it was read
    forced: dict[Span, int] = field(default_factory=dict)  # sides that this run takes by definition
    exclusive: tuple[tuple[Span, Span], ...] = ()  # branches that are not both taken on side 0
    turns: tuple[Arm, ...] = ()  # of loops, in which its launch stands
    plan: tuple[int, ...] = ()  # which side to take at each undecided branch, in the order in which they are met
    picks: dict[Span, Arm] = field(default_factory=dict)
    covers: list[Cover] = field(default_factory=list)
    _trail: list[Span] = field(default_factory=list)

    def pick(self, node: Node) -> Node:
        """The value on the side that this build takes of every undecided branch; a Choice without branch stays."""
        while isinstance(node, Choice) and node.branch is not None:
            node = node.options[self.arm(node.branch, len(node.options))]
        return node

    def arm(self, branch: Span, arity: int) -> int:
        """The side this build takes of a branch."""
        if branch not in self.picks and branch not in self.forced and any(map(self._taken, self._rivals(branch))):
            self.forced[branch] = 1
        if branch in self.forced:
            return min(self.forced[branch], arity - 1)
        if branch not in self.picks:
            met = len(self.picks)
            self.picks[branch] = Arm(branch, self.plan[met] if met < len(self.plan) else 0, arity)
        return min(self.picks[branch].index, arity - 1)

    def _rivals(self, branch: Span) -> Iterator[Span]:
        """The branches that are not true where this one is."""
        for one, other in self.exclusive:
            if branch in (one, other):
                yield other if branch == one else one

    def _taken(self, branch: Span) -> bool:
        """Whether this build takes side 0 of a branch that it has met."""
        arm = self.picks.get(branch)
        return self.forced.get(branch) == 0 or (arm is not None and arm.index == 0)

    def takes(self, arms: tuple[Arm, ...]) -> bool:
        """Whether this build goes through these arms."""
        return all(self.arm(arm.branch, arm.arity) == arm.index for arm in arms)

    def locate(self, name: str) -> str | None:
        """The project path of a file that the run opens as `name`: from its directory, else from the root."""
        return self.project.locate(name, self.directory, "")

    def open_data(self, name: str) -> Node | None:
        """The tree of a data file that the run opens as `name`, recorded as read; None when it is not in reach."""
        path = self.locate(name)
        if path is None:
            return None
        self.files.append(path)
        return self.project.data(path)

    @contextmanager
    def passing(self, *spans: Span | None) -> Iterator[None]:
        """While inside, settings are recorded as reached through these places (innermost first)."""
        places = [span for span in spans if span is not None]
        self._trail[:0] = places
        try:
            yield
        finally:
            del self._trail[: len(places)]

    def put(
        self,
        name: str,
        value: Node | Plain,
        *,
        key: str = "",
        framework: str = "",
        rank: Rank = Rank.FILE,
        span: Span | None = None,
    ) -> None:
        """Record a setting.

        `value` is a node of the tree (its span is where a user would change it) or a plain value implied by what stands at
        `span`.  An explicit null unsets: rules then see the setting as not set.
        """
        assert is_setting(name), name
        if isinstance(value, Node):
            value = self.pick(value)
            values, exact = tree.possible(value)
            first = next(iter(tree.leaves(value)), value)
            written = span or value.span or first.span
            spans = tuple(s for s in (written, *(value.via or first.via)) if s is not None)
        else:
            values, exact = (value,), True
            spans = (span,) if span is not None else ()
        if rank > Rank.HINT or spans:
            spans += tuple(s for s in self._trail if s not in spans)
        setting = Setting(name, values, exact, spans, framework, key or name, rank)
        old = self.settings.get(name)
        if old is None:
            self.settings[name] = setting
        elif rank >= old.rank:
            self.settings[name] = dataclasses.replace(setting, overrides=(dataclasses.replace(old, overrides=()), *old.overrides))
        else:
            self.settings[name] = dataclasses.replace(old, overrides=(*old.overrides, setting))

    def default(self, name: str, value: Plain, *, framework: str = "", key: str = "", span: Span | None = None) -> None:
        """Record a documented default; `span` is what implies it."""
        self.put(name, value, key=key, framework=framework, rank=Rank.DEFAULT, span=span)

    def known(self, name: str) -> Plain:
        """The value of a setting recorded so far, None unless it is known."""
        setting = self.settings.get(name)
        return setting.value if setting else None

    def is_set(self, name: str) -> bool:
        """Whether a setting was recorded with anything but a plain null."""
        setting = self.settings.get(name)
        return setting is not None and not (setting.known and setting.value is None)

    def spans_of(self, *names: str) -> tuple[Span, ...]:
        """The places of the first of `names` that has any: what implies a derived setting."""
        for name in names:
            setting = self.settings.get(name)
            if setting is not None and setting.spans:
                return setting.spans
        return ()

    def derive(self, name: str, value: Plain, *sources: str, rank: Rank = Rank.DEFAULT, exact: bool = True) -> None:
        """Record what follows from other settings; its places are theirs (that is where a user would change it)."""
        assert is_setting(name), name
        spans: list[Span] = []
        for source in sources:
            spans += [span for span in self.spans_of(source) if span not in spans]
        old = self.settings.get(name)
        if old is None or rank >= old.rank:
            found = self.settings.get(sources[0]) if sources else None
            key, framework = (found.key, found.framework) if found else (name, "")
            self.settings[name] = Setting(name, (value,), exact, tuple(spans), framework, key, rank)

    def freeze(self) -> Run:
        """The run as rules see it."""
        arms = (*self.turns, *self.picks.values())
        files = tuple(dict.fromkeys(self.files))
        settings, spans, covers = dict(self.settings), tuple(self.spans), tuple(self.covers)
        return Run(tuple(self.labels), settings, spans, self.versions, files, arms, self.decisions, covers)


def every_way(build: Callable[[tuple[int, ...], int], RunBuilder | None], limit: int = 16) -> list[Run]:
    """All runs of one entry point: for each training of its program, one run for each way through undecided branches.

    `build(plan, part)` gives a filled builder, or None when there is no run.  At most `limit` ways are taken of a part.
    """
    runs: list[Run] = []
    part, parts = 0, 1
    while part < parts:
        plan: tuple[int, ...] | None = ()
        ways = 0
        while plan is not None and ways < limit:
            builder = build(plan, part)
            if builder is None:
                break
            runs.append(builder.freeze())
            ways += 1
            parts = max(parts, builder.parts)
            arms = list(builder.picks.values())
            while arms and arms[-1].index + 1 >= arms[-1].arity:
                arms.pop()
            plan = (*(arm.index for arm in arms[:-1]), arms[-1].index + 1) if arms else None
        part += 1
    return runs
