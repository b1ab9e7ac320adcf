"""Shortcuts of a former version: whoever used one on a message is told."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say_both
from bot.slack.desk import Desk
from bot.slack.forms.telling import tell

ANY = re.compile(".*")


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to what no other shortcut's listener listened to."""

    @app.shortcut(ANY)
    async def unknown_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await tell(desk, body, say_both("shortcut_outdated"))
        await ack()
