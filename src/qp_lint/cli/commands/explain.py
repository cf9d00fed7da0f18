"""`qp-lint explain`: from the error in a log to the rules that would have prevented it."""

from __future__ import annotations

import json
import sys

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("text", nargs=-1, metavar="TEXT...")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", help="How to print (default: text).")
@click.pass_context
def explain(ctx: click.Context, text: tuple[str, ...], output_format: str) -> None:
    """Find the rules that know an error: TEXT is its message or a whole traceback, `-` reads standard input.

    Exit codes: 0 a rule knows it, 1 none does.
    """
    from qp_lint.report.rules import as_data
    from qp_lint.rules.explain import match
    from qp_lint.rules.load import load_rules, whole

    if not text:
        raise click.UsageError("give the text of an error, or - to read it from standard input")
    wanted = sys.stdin.buffer.read().decode("utf-8", "replace") if text == ("-",) else " ".join(text)
    found = match(wanted, load_rules())
    if output_format == "json":
        click.echo(json.dumps([as_data(rule, whole(rule.code)) for rule in found], indent=2, ensure_ascii=False))
    elif not found:
        click.echo("No rule knows this error.")
    for rule in found if output_format == "text" else ():
        click.echo(f"{rule.code} {rule.name} ({rule.severity.label}): {rule.summary}")
        click.echo(f"    {rule.why}")
        for fix in rule.fixes:
            click.echo(f"    help: {fix.title}")
        click.echo(f"    qp-lint rule {rule.code} says more")
    ctx.exit(0 if found else 1)


COMMAND = explain
