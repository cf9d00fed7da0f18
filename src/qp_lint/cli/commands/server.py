"""`qp-lint server`: the language server."""

from __future__ import annotations

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--stdio", is_flag=True, help="Speak over standard input and output, as it always does (some editors pass this).")
def server(stdio: bool) -> None:
    """Start the language server, which editors speak with over standard input and output.

    It reports findings while files are edited, saved or not, shows what a setting resolves to and where that comes from,
    and follows references between launch commands, configurations and scripts.  Needs `pip install 'qp-lint[lsp]'`.
    """
    try:
        from qp_lint.server.app import serve
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise click.UsageError("the language server needs the package pygls: pip install 'qp-lint[lsp]'") from None
    serve()


COMMAND = server
