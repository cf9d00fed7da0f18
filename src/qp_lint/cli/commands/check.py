"""`qp-lint check`: judge the runs that files describe."""

from __future__ import annotations

from typing import Any

import click

from qp_lint.cli.params import Format, Rule, Target, words

_SEVERITY = click.Choice(["error", "warning", "info"])


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True))
@click.option("--output-format", "formats", type=Format(), multiple=True, help="How to report; may be given several times.")
@click.option(
    "--output-file", "-o", type=click.Path(dir_okay=False), help="Write the report to a file instead of standard output."
)
@click.option(
    "--select", type=Rule(), multiple=True, callback=words, help="Report only these rules: codes, prefixes, names or ALL."
)
@click.option("--extend-select", type=Rule(), multiple=True, callback=words, help="Report these rules too.")
@click.option("--ignore", type=Rule(), multiple=True, callback=words, help="Do not report these rules.")
@click.option("--severity", type=_SEVERITY, default="info", help="The lowest severity that is reported.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    help="The lowest severity that makes exit code 1 (default: error).",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when there are findings.")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), help="Use this configuration file instead of the nearest one."
)
@click.option("--include-docs", is_flag=True, help="Read the shell commands of Markdown files too.")
@click.option("--isolated", is_flag=True, help="Use no configuration file.")
@click.option("--stdin-filename", type=click.Path(), metavar="FILE", help="What the text given as - on standard input is called.")
@click.option(
    "--target", "targets", type=Target(), multiple=True, help="Judge for this version of a package, whatever the project pins."
)
@click.option("--baseline", type=click.Path(dir_okay=False), metavar="FILE", help="Do not report the findings in this file.")
@click.option("--write-baseline", is_flag=True, help="Write the findings there are now to the baseline, and stop.")
@click.option("--fix", is_flag=True, help="Make the safe fixes: the run then works and trains the same thing.")
@click.option("--unsafe-fixes", is_flag=True, help="Make fixes too that change memory, speed or what is trained.")
@click.option("--fix-only", is_flag=True, help="Fix, and report nothing of what is left.")
@click.option("--diff", is_flag=True, help="Print what --fix would change instead of writing it; exit with 1 if it would.")
@click.option("--show-fixes", is_flag=True, help="List the fixes that were made.")
@click.option(
    "--add-ignore",
    is_flag=False,
    flag_value="",
    metavar="[REASON]",
    help="Write an ignore comment for every finding; --add-ignore=REASON says why.",
)
@click.option("--statistics", is_flag=True, help="Report how often each rule was broken, and how often that was suppressed.")
@click.option("--show-files", is_flag=True, help="List the files that would be read, and stop.")
@click.option("--show-settings", is_flag=True, help="Show the configuration that holds, and stop.")
@click.option("--show-runs", is_flag=True, help="Show the runs that were understood: settings and where each came from.")
@click.option("--watch", "-w", is_flag=True, help="Check again whenever a file changes.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Whether to use colours.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings and nothing else.")
@click.option("--verbose", "-v", is_flag=True, help="Print timings and assumptions on standard error.")
@click.pass_context
def check(ctx: click.Context, /, **params: Any) -> None:
    """Judge the training runs that the files below PATHS describe.

    A file in PATHS limits what is reported, not what is read: the run it belongs to is read with it.  `-` reads
    standard input.
    """
    if params["watch"]:
        from qp_lint.cli.watching import watch

        ctx.exit(watch(params))
    from qp_lint.cli.lint import lint

    ctx.exit(lint(params))


COMMAND = check
