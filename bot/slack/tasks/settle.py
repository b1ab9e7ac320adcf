"""Note the kind of a channel in an answer that was given before it was known."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.tasks.names import SETTLE
from knowledge.store import Item

TASK = SETTLE


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Look the channel up if nothing has told of it meanwhile, and note what it is."""
    channel, answer = str(item.payload["channel"]), str(item.payload["answer"])
    kind = await desk.kind(item.workspace, channel, None)
    await desk.stored(desk.store.settle, item.workspace, answer, kind)
    await desk.stored(desk.store.answered, item)
