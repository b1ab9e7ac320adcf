"""Where Slack refuses its own charts: they are left out from then on, and drawn as a picture."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import structlog

from bot.rendering.memory_chart import CHART
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.detours import EPHEMERAL_TO
from bot.slack.direct import DIRECT
from bot.slack.tasks import names
from knowledge.store import Item, Post
from knowledge.store.errors import StoreError

AGAIN_S = 3_600.0
"""After how long a chart is tried again in a workspace that refused one."""
log = structlog.get_logger(__name__)


class Charts:
    """Remembers per workspace whether charts are taken, so that a refusal costs one call."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._refused_until: dict[str, float] = {}

    def accepted(self, post: Post) -> bool:
        """Return whether a message's chart is worth a try."""
        return time.monotonic() >= self._refused_until.get(post.workspace, 0.0)

    async def shown(self, post: Post, content: Mapping[str, Any], ts: str, *, tried: bool) -> None:
        """Hear what was posted; a chart that is not in it is drawn and put into the thread.

        What only one person sees gets no picture: a file is seen by the whole channel.
        """
        charts = [block for block in post.payload["blocks"] if block["type"] == CHART]
        left = [block for block in content.get("blocks") or () if block["type"] == CHART]
        if not charts or left:
            return
        if tried and content.get("blocks"):
            self._refused_until[post.workspace] = time.monotonic() + AGAIN_S
        private = post.payload.get("response_url") or post.payload.get(EPHEMERAL_TO)
        if private or post.channel[:1] in DIRECT:
            return
        payload = {
            "task": names.CHART,
            "channel": post.channel,
            "thread": post.thread or ts,
            "charts": charts,
        }
        item_id = answer_id(post.workspace, names.CHART, post.id)
        try:
            await self._desk.accept(Item(post.workspace, item_id, payload), [f"chart:{post.id}"])
        except StoreError as error:
            # The answer is out; its picture is an extra.
            log.info("chart_not_queued", id=post.id, reason=str(error))
