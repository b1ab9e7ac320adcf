"""Messages: all in a direct message, in channels those that mention the bot, and follow-ups.

A mention in a channel arrives as a message too, if the app may read that channel's history. Both
have the same key, so that they give one answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.admission import admitted
from bot.slack.asked import message_keys, workspace_of
from bot.slack.desk import Desk
from bot.slack.events.spoken import asked_in, is_said_by_a_person
from bot.slack.events.unaddressed import is_follow_up, turned_to_the_bot
from bot.slack.wire import mentions

EVENT = "message"
SUBSCRIPTION = "message.im"


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to messages."""

    @app.event(EVENT)
    async def said(body: dict[str, Any]) -> None:
        if not asks_nothing(body, desk):
            await hear(body, desk)


async def hear(body: Mapping[str, Any], desk: Desk) -> None:
    """Record the question of a message that asks one, before it is acknowledged."""
    asked = asked_in(body, desk.identity_of(workspace_of(body)).bot_user_id)
    keys = message_keys(body, asked.channel, body["event"]["ts"])
    if await admitted(desk, asked, keys):
        await desk.accept(asked.item(), keys)


def asks_nothing(body: Mapping[str, Any], desk: Desk) -> bool:
    """Return whether an event is a message with nothing in it to answer; costs next to nothing.

    Nearly all that is said in a channel is such: talk, the bot's own answers, and the mentions that
    came as ``app_mention`` before. What the event tells of the channel is learned on the way.
    """
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") != EVENT:
        return False
    workspace, channel = workspace_of(body), str(event.get("channel", ""))
    desk.places.hear(workspace, body)
    if not is_said_by_a_person(event):
        return True
    if event.get("channel_type") == "im":
        return False
    if not mentions(event.get("text") or "", desk.identity_of(workspace).bot_user_id):
        return not is_follow_up(body, desk)
    turned_to_the_bot(body, desk)
    return desk.is_repeat(workspace, message_keys(body, channel, event["ts"]))
