"""Shortcuts: from the menu of a message, or from anywhere."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.desk import Desk
from bot.slack.shortcuts import calculate, explain, outdated, save_as_answer


def register(app: AsyncApp, desk: Desk) -> None:
    """Add the listeners of all shortcuts; the last takes what no other does."""
    calculate.register(app, desk)
    explain.register(app, desk)
    save_as_answer.register(app, desk)
    outdated.register(app, desk)
