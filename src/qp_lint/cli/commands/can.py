"""`qp-lint can`: one cell of the matrix in a sentence."""

from __future__ import annotations

import json

import click

from qp_lint.cli.params import Target


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("words", nargs=-1, required=True, metavar="METHOD STRATEGY [lora|full]")
@click.option("--framework", default="transformers", help="Through which framework (default: transformers).")
@click.option("--target", "targets", type=Target(), multiple=True, help="Judge for this version of a package.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", help="How to print (default: text).")
@click.pass_context
def can(
    ctx: click.Context, words: tuple[str, ...], framework: str, targets: tuple[tuple[str, str], ...], output_format: str
) -> None:
    """Say whether a quantization method trains under a parallel strategy: `qp-lint can gptq zero3 lora`.

    Exit codes: 0 it works, runs without the benefit, or is not known; 1 it does not work.
    """
    from qp_lint.matrix import METHODS, PROJECTS, STRATEGIES, Matrix, Question, render
    from qp_lint.matrix.methods import named
    from qp_lint.selectors import did_you_mean

    found: dict[str, str] = {"tuning": "lora"}
    for word in words:
        name = named(word)
        if name is None:
            known = (*METHODS, *STRATEGIES, "lora", "full")
            raise click.UsageError(f"{word!r} is no method, strategy or tuning{did_you_mean(word, known)}")
        found[name[0]] = name[1]
    if "method" not in found or "strategy" not in found:
        raise click.UsageError("name a method (such as gptq) and a strategy (such as zero3)")
    if framework not in PROJECTS:
        raise click.UsageError(f"unknown framework {framework!r} (known: {', '.join(PROJECTS)})")
    answer = Matrix(dict(targets)).ask_nearest(Question(found["method"], found["strategy"], found["tuning"], framework))
    click.echo(json.dumps(render.cell_data(answer), indent=2) if output_format == "json" else render.sentence(answer))
    ctx.exit(int(answer.outcome in ("refused", "crashes", "wrong")))


COMMAND = can
