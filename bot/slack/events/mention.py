"""A mention in a channel: the question is what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.admission import admitted
from bot.slack.asked import message_keys, workspace_of
from bot.slack.desk import Desk
from bot.slack.events.spoken import asked_in, is_said_by_a_person

EVENT = "app_mention"


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to mentions."""

    @app.event(EVENT)
    async def mentioned(body: dict[str, Any]) -> None:
        await hear(body, desk)


async def hear(body: Mapping[str, Any], desk: Desk) -> None:
    """Record the question of a mention, before it is acknowledged."""
    event = body["event"]
    if is_said_by_a_person(event):
        workspace = workspace_of(body)
        desk.places.hear(workspace, body)
        asked = asked_in(body, desk.identity_of(workspace).bot_user_id)
        keys = message_keys(body, asked.channel, event["ts"])
        if await admitted(desk, asked, keys):
            await desk.accept(asked.item(), keys)
