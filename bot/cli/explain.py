"""``vrambot explain``: a formula with its symbols, units and source."""

from __future__ import annotations

import click

from bot.cli.printing import bold
from bot.home import terminal_language
from bot.question import Language
from bot.rendering.prose import plain_prose


@click.command("explain")
@click.argument("formula", required=False)
@click.option("--language", type=click.Choice(["en", "zh"]), help="In this language.")
def command(formula: str | None, language: Language | None) -> int:
    """Explain FORMULA; without a name, list all of them."""
    from calculators import describe, formulas

    chosen = language or terminal_language()
    if formula is None:
        for name, known in formulas().items():
            click.echo(f"{name:32}{known.title.in_(chosen)}")
        return 0
    click.echo("\n".join(plain_prose(describe(formula, chosen), bold)))
    return 0
