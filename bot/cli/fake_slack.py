"""``vrambot fake-slack``: a strict stand-in for Slack, to try the bot by hand."""

from __future__ import annotations

import click


@click.command("fake-slack")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535))
def command(host: str, port: int) -> int:
    """Run a fake Slack with a web page; start the bot beside it with the shown settings."""
    from bot.fakeslack import run_fake_slack

    run_fake_slack(host, port)
    return 0
