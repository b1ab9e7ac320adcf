"""Shortcuts: from the menu of a message, or from anywhere."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.desk import Desk
from bot.slack.shortcuts import outdated


def register(app: AsyncApp, desk: Desk) -> None:
    """Add the listeners of all shortcuts; the last takes what no other does."""
    outdated.register(app, desk)
