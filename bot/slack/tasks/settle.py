"""Note the kind of a channel in an answer that was given before it was known."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.tasks.names import SETTLE
from knowledge.store import Item

TASK = SETTLE
MOST_ATTEMPTS = 4
AGAIN_S = 60.0


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Look the channel up if nothing has told of it meanwhile, and note what it is."""
    channel, answer = str(item.payload["channel"]), str(item.payload["answer"])
    kind = await desk.kind(item.workspace, channel, None)
    told = desk.places.known(item.workspace, channel) is not None
    if not told and item.attempts <= MOST_ATTEMPTS:
        # Slack was away, or had no time: nothing is known by its silence.
        await desk.stored(desk.store.failed, item, "not_told", AGAIN_S)
        return
    await desk.stored(desk.store.settle, item.workspace, answer, kind)
    await desk.stored(desk.store.answered, item)
