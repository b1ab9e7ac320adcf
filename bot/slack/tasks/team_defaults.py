"""Make somebody's default cards the whole workspace's, if they run it; show their Home tab anew."""

from __future__ import annotations

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.tasks import home
from bot.slack.tasks.names import TEAM_DEFAULTS
from knowledge.store import Item
from knowledge.store.personal import owner_of

TASK = TEAM_DEFAULTS
CARDS = ("gpu", "gpu_count")
log = structlog.get_logger(__name__)


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Keep the cards for all; without the right to, only the person's own were kept."""
    user = str(item.payload["user"])
    if await home.sees_health(desk, client, item.workspace, user):
        cards = {k: v for k, v in item.payload["chosen"].items() if k in CARDS}
        owner = owner_of("workspace")
        await desk.stored(desk.store.prefer, item.workspace, owner, cards, user)
        log.info("team_defaults_set", workspace=item.workspace, user=user)
    await home.perform(desk, client, item)
