"""Offer a person who opened the messages tab something to begin with, in their language.

The manifest has prompts in both languages for everybody; nobody is written to unasked.
"""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say
from bot.question import Language
from bot.slack.desk import Desk
from bot.slack.tasks.names import PROMPTS
from knowledge.store import Item

TASK = PROMPTS
COUNT = 4
log = structlog.get_logger(__name__)


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Set the prompts; a refusal is cosmetic, since those of the manifest stay."""
    language: Language = "zh" if item.payload["language"] == "zh" else "en"
    prompts = [
        {
            "title": say(f"prompt_{number}_title", language),
            "message": say(f"prompt_{number}", language),
        }
        for number in range(1, COUNT + 1)
    ]
    try:
        await client.assistant_threads_setSuggestedPrompts(
            channel_id=item.payload["channel"],
            title=say("prompts_title", language),
            prompts=prompts,
        )
    except SlackApiError as error:
        log.info("prompts_not_set", id=item.id, reason=error.response.get("error", ""))
    await desk.stored(desk.store.answered, item)
