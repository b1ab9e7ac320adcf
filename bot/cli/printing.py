"""How answers and entries are printed: titles in bold where the output is a terminal."""

from __future__ import annotations

from functools import partial

import click

from bot.answer import Answer
from bot.rendering import plain_text

bold = partial(click.style, bold=True)
"""Sets a title; ``click.echo`` leaves it out where the output is a file or a pipe."""


def print_answer(answer: Answer, *, short: bool = False) -> None:
    """Print a whole answer, the headline first."""
    click.echo(plain_text(answer, short=short, heading=bold))
