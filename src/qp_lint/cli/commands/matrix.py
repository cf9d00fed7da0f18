"""`qp-lint matrix`: what goes with what, by the rules."""

from __future__ import annotations

import json

import click

from qp_lint.cli.params import Target

_FORMAT = click.Choice(["text", "json", "markdown"])


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--method", "methods", multiple=True, help="Only this quantization, such as bnb-4bit or gptq.")
@click.option("--strategy", "strategies", multiple=True, help="Only this parallelism, such as zero3 or fsdp2.")
@click.option("--tuning", type=click.Choice(["lora", "full"]), default="lora", help="How the model is tuned (default: lora).")
@click.option("--framework", default="transformers", help="Through which framework (default: transformers).")
@click.option("--target", "targets", type=Target(), multiple=True, help="Judge for this version of a package.")
@click.option("--output-format", type=_FORMAT, default="text", help="How to print (default: text).")
def matrix(
    *,
    methods: tuple[str, ...],
    strategies: tuple[str, ...],
    tuning: str,
    framework: str,
    targets: tuple[tuple[str, str], ...],
    output_format: str,
) -> None:
    """Print the matrix of quantization methods and parallel strategies, each cell judged by the rules.

    A cell is works, refused, crashes, wrong (results), no benefit, ignored or unknown, with the rule that says so. What a
    framework has no way to ask for is left out.
    """
    from qp_lint.matrix import METHODS, PROJECTS, STRATEGIES, Matrix, render
    from qp_lint.matrix.methods import named

    def chosen(words: tuple[str, ...], kind: str, every: list[str]) -> list[str]:
        found = [named(word) for word in words]
        for word, name in zip(words, found, strict=True):
            if name is None or name[0] != kind:
                raise click.UsageError(f"unknown {kind} {word!r} (known: {', '.join(every)})")
        return [name[1] for name in found if name is not None] or every

    if framework not in PROJECTS:
        raise click.UsageError(f"unknown framework {framework!r} (known: {', '.join(PROJECTS)})")
    rows = Matrix(dict(targets)).table(
        chosen(methods, "method", list(METHODS)), chosen(strategies, "strategy", list(STRATEGIES)), tuning, framework
    )
    if not methods and not strategies:
        rows = render.offered(rows)
    if output_format == "json":
        click.echo(json.dumps(render.as_data(rows), indent=2, ensure_ascii=False))
    else:
        click.echo(render.as_markdown(rows) if output_format == "markdown" else render.as_text(rows), nl=False)


COMMAND = matrix
