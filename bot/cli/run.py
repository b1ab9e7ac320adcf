"""``vrambot run``: what ``make run`` starts, chosen by what the environment holds."""

from __future__ import annotations

import os

import click


@click.command("run", short_help="Serve Slack if its tokens are set, else chat here.")
@click.pass_context
def command(context: click.Context) -> int:
    """Serve Slack when its tokens are in the environment, else chat in the terminal."""
    from bot.cli import chat, serve

    tokens = ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID")
    chosen = serve.command if any(map(os.environ.get, tokens)) else chat.command
    result = context.invoke(chosen)
    return result if isinstance(result, int) else 0
