"""`qp-lint launch`: run a command only when qp-lint finds nothing against it."""

from __future__ import annotations

from typing import Any

import click

from qp_lint.cli.commands.check import check
from qp_lint.cli.params import Format, Target

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "allow_interspersed_args": False}


@click.command(context_settings=SETTINGS, options_metavar="[OPTIONS] --")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--check", is_flag=True, help="Only judge: exit with 0 or 1 and run nothing.")
@click.option("--force", is_flag=True, help="Run it whatever is found.")
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "never"]), help="The lowest severity that stops it (default: error)."
)
@click.option(
    "--target", "targets", type=Target(), multiple=True, help="Judge for this version of a package, whatever is installed."
)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), help="Use this configuration file instead of the nearest one."
)
@click.option("--isolated", is_flag=True, help="Use no configuration file.")
@click.option("--output-format", "formats", type=Format(), multiple=True, help="How to report; may be given several times.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Whether to use colours.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings and nothing else.")
@click.option("--verbose", "-v", is_flag=True, help="Say what is launched.")
@click.pass_context
def launch(ctx: click.Context, /, command: tuple[str, ...], **params: Any) -> None:
    """Judge exactly COMMAND, in this folder and environment, then run it if it is clean.

    Package versions are those that are installed where it would run.  Findings go to standard error (with --check to
    standard output); input, signals and the exit code are the command's own.

    Exit codes of qp-lint itself: 1 findings, 2 usage or configuration, 126 and 127 as in a shell.
    """
    from qp_lint.cli.launching import launch

    with check.make_context("check", [], parent=ctx) as defaults:
        ctx.exit(launch(command, {**defaults.params, **params}))


COMMAND = launch
