"""Draw the chart that Slack did not take, off the loop, and put it beside its answer.

It needs the optional scope ``files:write`` and the extra ``charts``; without either the answer
stands without a picture, and its table says the same.
"""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.rendering.chart import can_draw, png
from bot.rendering.memory_chart import alt_text, bars_of, picture
from bot.slack.desk import Desk
from bot.slack.tasks.names import CHART
from bot.slack.uploading import upload
from knowledge.store import Item

TASK = CHART
MOST_ATTEMPTS = 2
AGAIN_S = 3_600.0
log = structlog.get_logger(__name__)
_forbidden_until: WeakKeyDictionary[Desk, dict[str, float]] = WeakKeyDictionary()
"""Until when nothing is uploaded to a workspace, because its token may not."""


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Draw and upload each chart; close the item whatever comes of it."""
    if item.attempts <= MOST_ATTEMPTS and _may_upload(desk, item.workspace):
        try:
            await _draw(desk, client, item)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
            log.info("chart_not_shown", id=item.id, reason=type(error).__name__)
    await desk.stored(desk.store.answered, item)


async def _draw(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    for block in item.payload["charts"]:
        bars = bars_of(block)
        words = alt_text(bars)
        if not can_draw(words):
            log.info("chart_not_drawable", id=item.id)
            return
        drawn = await desk.thought(png, picture(bars))
        done = await upload(
            client,
            str(item.payload["channel"]),
            item.payload.get("thread"),
            "memory.png",
            drawn,
            title=bars.title,
            alt_text=words,
        )
        if not done:
            until = time.monotonic() + AGAIN_S
            _forbidden_until.setdefault(desk, {})[item.workspace] = until
            log.info("chart_not_allowed", workspace=item.workspace)
            return


def _may_upload(desk: Desk, workspace: str) -> bool:
    return time.monotonic() >= _forbidden_until.get(desk, {}).get(workspace, 0.0)
