"""`qp-lint rule`: what a rule is about."""

from __future__ import annotations

import json
import os
import sys

import click

from qp_lint.cli.params import Rule

_FORMAT = click.Choice(["text", "json"])


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("rules", nargs=-1, type=Rule(), metavar="[RULE]...")
@click.option("--all", "every", is_flag=True, help="List all rules.")
@click.option("--output-format", type=_FORMAT, default="text", help="How to print (default: text).")
def rule(rules: tuple[str, ...], every: bool, output_format: str) -> None:
    """Say what a rule is about: why, since which versions, on what evidence, with examples.

    RULE is a code, a name, or a prefix such as QP2.
    """
    from qp_lint.cli.catalogue import catalogue
    from qp_lint.notes import BY_CODE
    from qp_lint.report import rules as report
    from qp_lint.report.display import Style, terminal_width, wants_colour
    from qp_lint.rules.load import load_rules, whole
    from qp_lint.selectors import UnknownSelector

    if bool(rules) == every:
        raise click.UsageError("name a rule, or give --all")
    known = catalogue()
    try:
        codes = sorted(known.names) if every else sorted({code for word in rules for code in known.codes(word)})
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    found = {each.code: each for each in load_rules()}
    if output_format == "json":
        data = [
            report.as_data(found[code], whole(code)) if code in found else report.built_in_data(BY_CODE[code]) for code in codes
        ]
        click.echo(json.dumps(data if every or len(data) != 1 else data[0], indent=2, ensure_ascii=False))
        return
    if every or len(codes) > 3:
        entries = [found.get(code) or BY_CODE[code] for code in codes]
        click.echo(report.listing((each.code, each.severity.label, each.name, each.summary) for each in entries), nl=False)
        return
    style = Style(wants_colour("auto", sys.stdout, os.environ), terminal_width(sys.stdout))
    texts = [
        report.as_text(found[code], whole(code), style) if code in found else report.built_in_text(BY_CODE[code], style)
        for code in codes
    ]
    click.echo("\n".join(texts), nl=False, color=True)  # whether to colour is decided above


COMMAND = rule
