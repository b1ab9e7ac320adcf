"""Hand a person what is stored of them, as a JSON file in their direct message.

Without the scope ``files:write`` it comes as text there, in parts; what is too long for that is
handed out by whoever runs the bot, in a terminal.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say
from bot.rendering.blocks import preformatted
from bot.rendering.mrkdwn import escape
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.replies import note_of
from bot.slack.tasks.names import EXPORT_PERSON
from bot.slack.uploading import upload
from knowledge.store import Item, Post

TASK = EXPORT_PERSON
PART_CHARACTERS = 3_000
MOST_PARTS = 8
FILE_NAME = "vrambot-export.json"
log = structlog.get_logger(__name__)


def exported(workspace: str, user: str, tables: Mapping[str, Any]) -> str:
    """Return an export as JSON text for people."""
    whole = {
        "workspace": workspace,
        "user": user,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "stored": tables,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Open the direct message, put the export into its thread, and close the item."""
    user, language = str(item.payload["user"]), item.payload["language"]
    tables = await asyncio.to_thread(desk.store.export_person, item.workspace, user)
    try:
        opened = await client.chat_postMessage(channel=user, text=say("export_ready", language))
        channel, ts = str(opened["channel"]), str(opened["ts"])
        text = exported(item.workspace, user, tables)
        if not await _as_a_file(client, channel, ts, text):
            await _in_parts(desk, item, channel, ts, text)
    except SlackApiError as error:
        reason = error.response.get("error", "")
        if reason == "ratelimited" or not reason:
            raise
        log.info("export_not_sent", workspace=item.workspace, reason=reason)
        await _tell(desk, item, say("export_not_sent", language))
    await desk.stored(desk.store.answered, item)


async def _as_a_file(client: AsyncWebClient, channel: str, ts: str, text: str) -> bool:
    """Upload the export; False where that failed: the message is out and not to be sent again."""
    try:
        return await upload(client, channel, ts, FILE_NAME, text.encode())
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        log.info("export_not_uploaded", reason=type(error).__name__)
        return False


async def _in_parts(desk: Desk, item: Item, channel: str, ts: str, text: str) -> None:
    parts = [text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS)]
    # Preformatted rich text: nothing that was written can end it early or be taken for markup.
    shown = [(escape(part), [preformatted(part)]) for part in parts]
    if len(parts) > MOST_PARTS:
        values = {"workspace": item.workspace, "user": item.payload["user"]}
        shown = [(say("export_too_long", item.payload["language"], **values), [])]
    for number, (part, blocks) in enumerate(shown):
        part_id = answer_id(item.workspace, TASK, item.id, str(number))
        payload = {"answer_id": part_id, "text": part, "blocks": blocks}
        await desk.send(Post(item.workspace, part_id, channel, payload, ts))


async def _tell(desk: Desk, item: Item, text: str) -> None:
    if item.payload.get("response_url"):
        note_id = answer_id(item.workspace, "note", item.id)
        note = note_of(text, item.payload["response_url"], note_id=note_id)
        await desk.send(Post(item.workspace, note_id, "", note))
