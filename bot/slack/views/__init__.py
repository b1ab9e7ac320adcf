"""Submissions of modals."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.desk import Desk
from bot.slack.views import calculate, change, curation, outdated, personal, reason


def register(app: AsyncApp, desk: Desk) -> None:
    """Add the listeners of all submissions of modals; the last takes what no other does."""
    calculate.register(app, desk)
    change.register(app, desk)
    curation.register(app, desk)
    personal.register(app, desk)
    reason.register(app, desk)
    outdated.register(app)
