"""Clicks on buttons."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.actions import (
    again,
    alternative,
    ask,
    change,
    curation,
    feedback,
    home,
    outdated,
    own_data,
    policy,
    redraw,
    save,
    share,
    working,
)
from bot.slack.desk import Desk


def register(app: AsyncApp, desk: Desk) -> None:
    """Add the listeners of all clicks; the last takes what no other does."""
    ask.register(app, desk)
    feedback.register(app, desk)
    share.register(app, desk)
    change.register(app, desk)
    alternative.register(app, desk)
    working.register(app, desk)
    policy.register(app, desk)
    save.register(app, desk)
    again.register(app, desk)
    home.register(app, desk)
    curation.register(app, desk)
    own_data.register(app, desk)
    redraw.register(app, desk)
    outdated.register(app, desk)
