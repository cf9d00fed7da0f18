"""Types of command-line parameters, with their completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    Parameter = click.ParamType[Any]  # generic for the type checker only, whatever version of click is installed
else:
    Parameter = click.ParamType


class Rule(Parameter):
    """A code, prefix or name; what it covers is resolved when the rules are loaded."""

    name = "rule"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Codes and names."""
        from qp_lint.cli.catalogue import catalogue

        before, comma, word = incomplete.rpartition(",")
        names = catalogue().names
        return [
            CompletionItem(before + comma + value, help=names.get(value))
            for value in (*names, *names.values())
            if value.lower().startswith(word.lower())
        ]


class Format(Parameter):
    """FORMAT or FORMAT=FILE, as (format, file or None)."""

    name = "format[=file]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str | None]:
        """Check the name of the format."""
        from qp_lint.report import names

        if isinstance(value, tuple):
            return value
        name, equals, file = str(value).partition("=")
        if name not in names():
            from qp_lint.selectors import did_you_mean

            self.fail(f"unknown format {name!r} (known: {', '.join(names())}){did_you_mean(name, names())}", param, ctx)
        if equals and not file:
            self.fail(f"no file after {value!r}", param, ctx)
        return name, file or None

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The formats."""
        from qp_lint.report import names

        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """The known formats."""
        from qp_lint.report import names

        return f"{'|'.join(names())}[=FILE]"


class Target(Parameter):
    """PACKAGE==VERSION, as (package, specifier)."""

    name = "package==version"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Check the version."""
        from qp_lint.config import target

        if isinstance(value, tuple):
            return value
        try:
            return target(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def words(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Values that may be given several times and separated by commas."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())
