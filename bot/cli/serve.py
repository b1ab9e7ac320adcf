"""``vrambot serve``: Slack, by Socket Mode or HTTP, whichever the tokens in place allow."""

from __future__ import annotations

import click


@click.command("serve")
def command() -> int:
    """Connect to Slack and answer until stopped.

    \b
    SLACK_BOT_TOKEN        the bot's token in one workspace
    SLACK_CLIENT_ID        in its place: many workspaces, installed by OAuth
    SLACK_APP_TOKEN        set: Socket Mode, no public address needed
    SLACK_SIGNING_SECRET   set without an app token: signed HTTP on VRAMBOT_PORT
    SLACK_API_URL          another Web API address, for tests and emulators
    """  # noqa: D301 - click reads the \b
    from bot.settings import load_settings
    from bot.slack import run

    return run(load_settings())
