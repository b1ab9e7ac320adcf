"""Tell one person something in a channel; nobody else sees it, and it is gone when they reload."""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.rendering.mrkdwn import escape
from bot.slack.desk import Desk
from bot.slack.tasks.names import WHISPER
from knowledge.store import Item

TASK = WHISPER
log = structlog.get_logger(__name__)


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Post the note; a refusal is no harm, since the note is no answer."""
    payload = item.payload
    try:
        await client.chat_postEphemeral(
            channel=payload["channel"],
            user=payload["user"],
            text=escape(str(payload["text"])),
            thread_ts=payload.get("thread"),
        )
    except SlackApiError as error:
        log.info("not_whispered", id=item.id, reason=error.response.get("error", ""))
    await desk.stored(desk.store.answered, item)
