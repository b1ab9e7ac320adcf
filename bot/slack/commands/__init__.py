"""Slash commands."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.commands import vram
from bot.slack.desk import Desk

NAMES = (vram.NAME,)


def register(app: AsyncApp, desk: Desk) -> None:
    """Add the listeners of all slash commands."""
    vram.register(app, desk)
