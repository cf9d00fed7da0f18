"""Checks rule files: every key, every setting name and value, and that an error has evidence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from qp_lint.rules.model import APPLICABILITY, EFFECTS, EVIDENCE, PHASES
from qp_lint.rules.predicates import PREDICATES
from qp_lint.settings import VOCABULARY, is_setting

REQUIRED = ("code", "name", "summary", "since", "severity", "effect", "fails_at", "message", "why")
OPTIONAL = ("when", "versions", "report", "happens", "raises", "fixes", "evidence", "examples")
OVERRIDES = ("severity", "effect", "fails_at", "message", "raises", "why", "happens", "report")
OPERATORS = ("not", "lt", "le", "gt", "ge", "set", "same", "differs")
SEVERITIES = ("error", "warning", "info")


class RuleError(Exception):
    """A rule file that breaks the format."""


def validate(data: Any, file: str) -> None:
    """Raise RuleError, naming file and key, for a rule that breaks the format."""
    if not isinstance(data, dict):
        raise RuleError(f"{file}: not a mapping")
    _keys(data, REQUIRED, OPTIONAL, file)
    if file != f"{data['code']}-{data['name']}.yaml" or not re.fullmatch(r"QP\d{3}", str(data["code"])):
        raise RuleError(f"{file}: the file must be named after its code and name")
    _one_of(data["severity"], SEVERITIES, f"{file}: severity")
    _one_of(data["effect"], EFFECTS, f"{file}: effect")
    _one_of(data["fails_at"], PHASES, f"{file}: fails_at")
    _condition(data.get("when", {}), f"{file}: when")
    for entry in data.get("versions", ()):
        _keys(entry, (), ("ranges", "when", *OVERRIDES), f"{file}: versions")
        _condition(entry.get("when", {}), f"{file}: versions.when")
        _ranges(entry.get("ranges", {}), f"{file}: versions.ranges")
        for key, allowed in (("severity", SEVERITIES), ("effect", EFFECTS), ("fails_at", PHASES)):
            if key in entry:
                _one_of(entry[key], allowed, f"{file}: versions.{key}")
    for name in (*data.get("report", ()), *_placeholders(data)):
        _setting(name, f"{file}: report or message")
    for fix in data.get("fixes", ()):
        _keys(fix, ("title",), ("detail", "applicability", "set", "when"), f"{file}: fixes")
        _one_of(fix.get("applicability", "display-only"), APPLICABILITY, f"{file}: fixes.applicability")
        _condition(fix.get("when", {}), f"{file}: fixes.when")
        for name, value in fix.get("set", {}).items():
            _test(name, value, f"{file}: fixes.set")
    _evidence(data, file)
    for kind, examples in (data.get("examples") or {}).items():
        _one_of(kind, ("bad", "ok"), f"{file}: examples")
        for example in examples:
            _keys(example, ("files",), ("title", "args", "expect", "allow"), f"{file}: examples.{kind}")


def _evidence(data: dict[str, Any], file: str) -> None:
    kinds = {item.get("kind") for item in data.get("evidence", ())}
    for kind in kinds:
        _one_of(kind, EVIDENCE, f"{file}: evidence.kind")
    severities = {data["severity"], *(entry.get("severity") for entry in data.get("versions", ()))}
    if "error" in severities and not kinds & {"run", "code"}:
        raise RuleError(f"{file}: evidence: a rule of severity error needs evidence of kind run or code")


def _placeholders(data: dict[str, Any]) -> Iterable[str]:
    texts = [data["message"], *(entry["message"] for entry in data.get("versions", ()) if "message" in entry)]
    return (name for text in texts for name in re.findall(r"\{([a-z0-9_.-]+)\}", text))


def _keys(data: Any, required: Iterable[str], optional: Iterable[str], where: str) -> None:
    if not isinstance(data, dict):
        raise RuleError(f"{where}: not a mapping")
    missing = [key for key in required if key not in data]
    if missing:
        raise RuleError(f"{where}: `{missing[0]}` is missing")
    allowed = [*required, *optional]
    for key in data:
        if key not in allowed:
            raise RuleError(f"{where}: unknown key `{key}`{_guess(str(key), allowed)}")


def _guess(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), 1)
    return f", did you mean `{close[0]}`?" if close else ""


def _one_of(value: Any, allowed: tuple[str, ...], where: str) -> None:
    if value not in allowed:
        raise RuleError(f"{where}: `{value}` is not one of {', '.join(allowed)}")


def _ranges(ranges: Any, where: str) -> None:
    from qp_lint.versions import valid_specifier

    for package, specifier in ranges.items():
        _package(package, where)
        if not valid_specifier(str(specifier)):
            raise RuleError(f"{where}: `{specifier}` is no version specifier")


def _package(package: Any, where: str) -> None:
    from qp_lint.versions import releases

    if package not in releases():
        raise RuleError(f"{where}: releases.yaml has no package `{package}`{_guess(str(package), releases())}")


def _setting(name: Any, where: str) -> None:
    if not is_setting(str(name)):
        raise RuleError(f"{where}: no setting `{name}`{_guess(str(name), VOCABULARY)}")


def _condition(condition: Any, where: str) -> None:
    if isinstance(condition, list):
        for item in condition:
            _condition(item, where)
        return
    if not isinstance(condition, dict):
        raise RuleError(f"{where}: a condition is a mapping")
    for key, wanted in condition.items():
        if key in ("all", "any", "not"):
            _condition(wanted, where)
        elif key == "requires":
            _package(wanted, f"{where}: requires")
        elif key == "predicate":
            _one_of(wanted, tuple(PREDICATES), f"{where}: predicate")
        else:
            _test(key, wanted, where)


def _test(name: str, wanted: Any, where: str) -> None:
    _setting(name, where)
    if not isinstance(wanted, dict):
        _values(name, wanted, where)
        return
    for operator, argument in wanted.items():
        _one_of(operator, OPERATORS, f"{where}: {name}")
        if operator in ("same", "differs"):
            _setting(argument, where)
        elif operator == "set" and not isinstance(argument, bool):
            raise RuleError(f"{where}: {name}: set is true or false")
        elif operator == "not":
            _values(name, argument, where)


def _values(name: str, wanted: Any, where: str) -> None:
    term = VOCABULARY.get(name)
    if term is None:
        return
    for value in wanted if isinstance(wanted, list) else [wanted]:
        if value is None:
            continue
        if type(value) is not term.type:
            raise RuleError(f"{where}: {name} is of type {term.type.__name__}, not {value!r}")
        if term.values and value not in term.values:
            raise RuleError(f"{where}: {name} cannot be {value!r}{_guess(str(value), term.values)}")
