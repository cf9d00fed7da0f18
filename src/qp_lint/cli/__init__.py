"""The command line.  A command is a module in `commands`; `qp-lint PATHS…` is `qp-lint check PATHS…`."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from typing import cast

import click

from qp_lint import __version__
from qp_lint.cli import commands

DEFAULT = "check"


class Commands(click.Group):
    """Commands by module name, imported when they are called; what names no command is arguments of `check`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(info.name for info in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return cast("click.Command", importlib.import_module(f"{commands.__name__}.{cmd_name}").COMMAND)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `check` before arguments that do not begin with a command or an option of qp-lint itself."""
        own = {name for param in self.get_params(ctx) for name in param.opts}
        if not ctx.resilient_parsing and (not args or (args[0] not in own and args[0] not in self.list_commands(ctx))):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """`check` may be left out."""
        formatter.write_usage(ctx.command_path, "[check] [OPTIONS] [PATHS]...")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of `check`, then the commands."""
        check = self.get_command(ctx, DEFAULT)
        if check is not None:
            check.format_options(click.Context(check, info_name=DEFAULT, parent=ctx), formatter)
        with formatter.section("Other options"):
            formatter.write_dl([record for param in self.params if (record := param.get_help_record(ctx))])
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[click.shell_completion.CompletionItem]:
        """Commands, and what `check` would complete."""
        check = self.get_command(ctx, DEFAULT)
        items = super().shell_complete(ctx, incomplete)
        if check is not None:
            items += check.shell_complete(click.Context(check, info_name=DEFAULT, parent=ctx), incomplete)
        return items


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="qp-lint", message="%(prog)s %(version)s")
def cli() -> None:
    """Find training runs that cannot work because of how quantization meets parallelism.

    Reads the scripts, configurations and launch commands below PATHS (by default the current folder) without running
    them, works out the runs they describe, and reports those that would fail or not do what was asked.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage, configuration or internal error.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command line on `arguments` and return the exit code; never raises."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a message may quote what the terminal's encoding lacks
    try:
        code = cli.main(list(arguments), prog_name="qp-lint", standalone_mode=False)  # an exit of click's is returned here
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains while it shuts down
        return 141
    except Exception as error:
        for line in _internal(error, any(word in ("-v", "--verbose") for word in arguments)):
            click.echo(line, err=True)
        return 2


def _internal(error: BaseException, verbose: bool) -> Iterator[str]:
    import traceback

    if verbose:
        yield "".join(traceback.format_exception(error)).rstrip()
    where = traceback.extract_tb(error.__traceback__)
    place = f" ({where[-1].filename.rpartition('qp_lint')[2].lstrip('/')}:{where[-1].lineno})" if where else ""
    detail = " ".join(str(error).split())[:300]
    yield f"qp-lint: internal error: {type(error).__name__}: {detail}{place}"
    yield "This is a bug in qp-lint; nothing is said about the files. Please report it with this message (and -v's)."
