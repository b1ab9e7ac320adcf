"""Messages: all in a direct message, in channels only those that mention the bot.

A mention in a channel arrives as a message too, if the app may read that channel's history. Both
have the same key, so that they give one answer.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.asked import message_keys
from bot.slack.desk import Desk
from bot.slack.events.spoken import asked_in, is_said_by_a_person
from bot.slack.places import kind_of_event
from bot.slack.wire import mentions

EVENT = "message"
SUBSCRIPTION = "message.im"


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to messages."""
    bot_user_id = desk.identity.bot_user_id

    @app.event(EVENT)
    async def said(body: dict[str, Any], event: dict[str, Any]) -> None:
        kind = kind_of_event(body)
        if kind is not None and str(event.get("channel", "")).startswith("C"):
            desk.places.learn(event["channel"], kind)
        if not is_said_by_a_person(event):
            return
        if event.get("channel_type") == "im" or mentions(event.get("text") or "", bot_user_id):
            asked = asked_in(body, bot_user_id)
            keys = message_keys(body, asked.channel, event["ts"])
            await desk.accept(asked.item(), keys)
