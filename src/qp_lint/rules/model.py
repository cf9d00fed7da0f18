"""A rule as data: `rules/<family>/QPnnn-name.yaml`, one file a rule.

`code`, `name`, `summary`, `since`: `QP101`, `ptq-checkpoint-sharded` (reads as "allow …"); codes are never reused.
`severity`: error, it cannot work or computes wrong results; warning, it runs but not as asked, or fails on some of the
    versions that are admitted; info.
`effect`: refused, crashes, silently-wrong, no-benefit, ignored.
`fails_at`: arguments, model-load, prepare, first-step, save, resume, never: when the user would have found out.
`when`: the condition (below); a built-in diagnostic has none.
`versions`: entries `{ranges: {package: specifier}, when: condition, …}`; the first whose ranges cover the admitted versions
    decides, and may override severity, effect, fails_at, message, raises, why, happens, report.  When none does, the rule is
    silent.
`report`: settings in order of preference: the first that has a place is where the finding is reported.
`message`: the problem, with `{setting.name}` for the user's own values.  `why`: the mechanism in at most three sentences.
`happens`: when the user would have found out, one clause.  `raises`: exact texts of the exceptions, `...` for what varies.
`fixes`: `{title, detail, applicability: safe|unsafe|display-only, set: {setting: value}, when: condition}`; the value
    `{same: other.setting}` is what the other one has, and where that is not known the fix is for a person.
`evidence`: `{kind: run|code|doc|issue, …}`; a rule of severity error needs one of kind run or code.
`examples`: `bad` and `ok`, each `{title, files: {path: text}, args, expect: [path:line], allow: [codes]}`: tests and docs.

A condition is a mapping whose items all hold.  `setting: value` equals, `setting: [a, b]` is one of; `{not: …}`,
`{lt|le|gt|ge: n}`, `{set: true|false}`, `{same|differs: other.setting}` test a setting; `all`, `any` and `not` combine
conditions; `requires: package` asks whether the project's requirements name it; `predicate: name` asks a function of
`predicates.py`.  A setting that is not set fails every test but `set: false`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qp_lint.diagnostics import Severity

Condition = Mapping[str, Any]
DOCS = "https://github.com/qp-lint/qp-lint/blob/main/docs/rules"
EFFECTS = ("refused", "crashes", "silently-wrong", "no-benefit", "ignored")
PHASES = ("arguments", "model-load", "prepare", "first-step", "save", "resume", "never")
APPLICABILITY = ("safe", "unsafe", "display-only")
EVIDENCE = ("run", "code", "doc", "issue")


@dataclass(frozen=True, slots=True)
class Fix:
    """A way out: title, what it costs, the settings that an edit would change; offered only if `when` holds."""

    title: str
    detail: str = ""
    applicability: str = "display-only"
    set: Mapping[str, Any] = field(default_factory=dict)
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """What holds for some versions: ranges by package, an extra condition, and what it overrides of the rule."""

    ranges: Mapping[str, str]
    when: Condition = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """What judging needs of a rule; `rules.load.whole` gives the rest (evidence, examples)."""

    code: str
    name: str
    summary: str
    since: str
    severity: Severity
    effect: str
    fails_at: str
    when: Condition
    message: str
    why: str
    report: tuple[str, ...] = ()
    happens: str = ""
    raises: tuple[str, ...] = ()
    versions: tuple[VersionEntry, ...] = ()
    fixes: tuple[Fix, ...] = ()
    family: str = ""

    @property
    def url(self) -> str:
        """The rule's page."""
        return f"{DOCS}/{self.code}-{self.name}.md"

    @property
    def texts(self) -> tuple[str, ...]:
        """Every exception text, of all versions."""
        found = list(self.raises)
        for entry in self.versions:
            raises = entry.overrides.get("raises", ())
            found += [raises] if isinstance(raises, str) else list(raises)
        return tuple(dict.fromkeys(found))
