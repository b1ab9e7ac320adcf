"""Events: what people say, and what Slack tells."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.desk import Desk
from bot.slack.events import home, ignored, mention, message, rate_limited, uninstalled


def register(app: AsyncApp, desk: Desk) -> None:
    """Add the listeners of all events; the last takes what no other does."""
    rate_limited.register(app)
    mention.register(app, desk)
    message.register(app, desk)
    home.register(app, desk)
    uninstalled.register(app, desk)
    ignored.register(app)
