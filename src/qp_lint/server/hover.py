"""What stands under the cursor: a setting with its value and where that comes from, or the code of a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.judge import shown
from qp_lint.pipeline import Result
from qp_lint.report.places import file_uri
from qp_lint.report.rule_texts import rule_texts
from qp_lint.rules.load import load_rules
from qp_lint.run import Run
from qp_lint.settings import VOCABULARY, Rank, Setting
from qp_lint.text import Source, Span

RUNS = 5  # runs that are named when a place counts for more
WORD = re.compile(r"[\w.-]+")
RANKS = {  # of others the place says enough
    Rank.HINT: "a name, from which it is guessed",
    Rank.FORCED: "the framework, whatever is written",
}


def hover(result: Result, path: str, source: Source, offset: int) -> tuple[Span, str] | None:
    """What to say about an offset of a file (project path) in Markdown, and the place it is about."""
    word = next((match for match in WORD.finditer(source.text) if match.start() <= offset <= match.end()), None)
    if word is not None and (text := _rule(word[0], source.line(source.position(offset).line))):
        return source.span(word.start(), word.end()), text
    found = list(_written_at(result, path, source, offset, word))
    if not found:
        return None
    smallest = min((place for _, _, place in found), key=lambda place: place.end - place.start)
    groups: dict[tuple[object, ...], tuple[Setting, list[Run]]] = {}
    for run, setting, place in found:
        if (place.start, place.end) == (smallest.start, smallest.end):
            key = (setting.name, setting.values, setting.exact, setting.spans[:1])
            groups.setdefault(key, (setting, []))[1].append(run)
    told: set[str] = set()
    return smallest, "\n\n---\n\n".join(_words(setting, runs, told) for setting, runs in groups.values())


def _rule(word: str, line: str) -> str:
    """The text of a rule that is named, by its code anywhere or by its name in an ignore comment."""
    rules = {rule.code: rule.code for rule in load_rules()}
    if "qp-lint:" in line:
        rules |= {rule.name: rule.code for rule in load_rules()}
    return rule_texts([rules[word]])[0].markdown if word in rules else ""


def _written_at(
    result: Result, path: str, source: Source, offset: int, word: re.Match[str] | None
) -> Iterator[tuple[Run, Setting, Span]]:
    """The settings of all runs whose value, or key on the same line, stands at an offset; overridden ones with what won."""
    line = source.position(offset).line
    key = word[0].rpartition(".")[2].lstrip("-").replace("-", "_") if word else ""
    for run in result.runs:
        if path not in run.files:
            continue
        for setting in run.settings.values():
            for said in (setting, *setting.overrides):
                for own, written in _places(run, said):
                    if written.source.path == source.path:
                        place = written.outermost()
                        if place.start <= offset <= place.end or (key and key == own and place.begin.line == line):
                            yield run, setting, place


def _places(run: Run, setting: Setting) -> Iterator[tuple[str, Span]]:
    """Where the value of a setting stands, and where values stand that it covers; with the key as it is written there."""
    for place in setting.spans[:1]:
        yield setting.key.rpartition(".")[2].replace("-", "_"), place
        for cover in run.covered(place):
            yield cover.key.replace("-", "_"), place
            if cover.under.span is not None:
                yield cover.key.replace("-", "_"), cover.under.span


def _words(setting: Setting, runs: list[Run], told: set[str]) -> str:
    """A setting in Markdown; what its value covers is said once, by the first of the settings that follow from the value."""
    term = VOCABULARY.get(setting.name)
    lines = [f"**{setting.name}** = `{shown(setting)}`" + (f" — {term.doc}" if term else "")]
    lines.append(f"- from {_origin(setting)}")
    covered = [run.before(each, setting) for run in runs for place in setting.spans[:1] for each in run.covered(place)]
    lines += [line for line in dict.fromkeys(map(_overriding, covered)) if line not in told]
    told.update(map(_overriding, covered))
    lines += map(_overriding, setting.overrides)
    names = list(dict.fromkeys(run.name for run in runs))
    more = f" and {len(names) - RUNS} more" if len(names) > RUNS else ""
    lines.append(f"- in {'; '.join(names[:RUNS])}{more}")
    return lines[0] + "\n\n" + "\n".join(lines[1:])


def _overriding(old: Setting) -> str:
    return f"- overrides `{shown(old)}` from {_origin(old)}"


def _origin(setting: Setting) -> str:
    """Where a value comes from, as links."""
    places = " via ".join(dict.fromkeys(map(_link, setting.spans)))
    key = f"`{setting.key}`" if setting.key != setting.name else ""
    if setting.rank is Rank.DEFAULT:
        return f"what follows from {places}" if places else "its default"
    return ", ".join(part for part in (RANKS.get(setting.rank, ""), key, places) if part) or "what was read"


def _link(span: Span) -> str:
    place = span.outermost()
    return f"[{span.where()}]({file_uri(place.source.path)}#L{place.begin.line})"
