"""From a place in a text to the mappings around it, whatever the text is written in."""

from __future__ import annotations

import json
from collections.abc import Iterator

from qp_lint.discover import Kind, kind_of
from qp_lint.fix.containers.base import Container, Language
from qp_lint.fix.edits import Edit
from qp_lint.frameworks.base import Wanted
from qp_lint.text import Source, Span

LANGUAGES = {
    Kind.PYTHON: Language.PYTHON,
    Kind.YAML: Language.YAML,
    Kind.JSON: Language.JSON,
    Kind.TOML: Language.TOML,
    Kind.SHELL: Language.SHELL,
}


def around(place: Span) -> list[Container]:
    """The mappings around a place, innermost first; empty where the text is none that can be edited."""
    return next((found for language in languages(place.source) if (found := _containers(place, language))), [])


def languages(source: Source) -> Iterator[Language]:
    """What a text may be written in: for a file its kind, for a part of one what it looks like."""
    if source.host is None:
        kind = LANGUAGES.get(kind_of(source.path, source.text))
        if kind is not None:
            yield kind
        return
    if source.text.lstrip()[:1] in ("{", "["):
        yield Language.JSON
    yield from (Language.PYTHON, Language.YAML, Language.SHELL)


def _containers(place: Span, language: Language) -> list[Container]:
    if language is Language.PYTHON:
        from qp_lint.fix.containers import python

        return python.containers(place)
    if language is Language.SHELL:
        from qp_lint.fix.containers import shell

        return shell.containers(place)
    from qp_lint.fix.containers import data

    return data.containers(place, language)


def literal(place: Span, wanted: Wanted) -> Edit | None:
    """The edit that writes a value in the place of one that stands in no mapping (a variable's, a default's)."""
    for language in languages(place.source):
        if language is Language.PYTHON:
            from qp_lint.fix.containers import python

            text = python.parsed(place.source)
            called = place.source.text[place.end : place.end + 1] == "("  # what is called is no value
            replaced = not called and python.is_literal(place.text)
            new = python.spelled(wanted, text, place.text) if text is not None and replaced else None
        elif language is Language.SHELL:
            from qp_lint.fix.containers import shell

            new = shell.spelled(wanted, place.text)
        else:
            from qp_lint.fix.containers import data

            quoted = place.text[:1] in ("'", '"') and isinstance(wanted, int)  # `["--devices", "4"]` are texts
            new = data.spelled(json.dumps(wanted) if quoted else wanted, language, place.text)
        if new is not None:
            return Edit(place, new)
    return None
