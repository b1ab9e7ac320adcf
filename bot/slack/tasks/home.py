"""Publish the Home tab of somebody who opened it."""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.home import HOME, home_view
from knowledge.store import Item

TASK = HOME
log = structlog.get_logger(__name__)


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Publish the tab; a refusal is cosmetic, since the next visit publishes it again."""
    user = str(item.payload["user"])
    try:
        await client.views_publish(user_id=user, view=home_view())
    except SlackApiError as error:
        log.info("home_not_shown", user=user, reason=error.response.get("error", ""))
    await desk.stored(desk.store.answered, item)
