"""Delete what is stored of the person who asked for it, this very item too, and tell them."""

from __future__ import annotations

import asyncio

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.replies import note_of
from bot.slack.tasks.names import FORGET_PERSON
from knowledge.store import Item, Post

TASK = FORGET_PERSON
log = structlog.get_logger(__name__)


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Delete; the log tells how much went, not whose it was."""
    payload = item.payload
    touched = await asyncio.to_thread(
        desk.store.forget_person, item.workspace, str(payload["user"])
    )
    log.info("person_forgotten", workspace=item.workspace, rows=sum(touched.values()))
    if payload.get("response_url"):
        note_id = answer_id(item.workspace, "note", item.id)
        text = say("forget_done", payload["language"])
        note = note_of(text, payload["response_url"], note_id=note_id)
        await desk.send(Post(item.workspace, note_id, "", note))
