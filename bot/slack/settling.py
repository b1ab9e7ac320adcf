"""Where the kind of a channel was not at hand: the answer is kept as private, and looked at again.

The look-up is no part of any answer's way, and waits so long that it is mostly not needed: the next
listing of the bot's channels tells of all of them at once.
"""

from __future__ import annotations

import structlog

from bot.slack.asked import Asked, answer_id
from bot.slack.desk import Desk
from bot.slack.tasks.names import SETTLE
from knowledge.store import Item
from knowledge.store.errors import StoreError

SETTLE_S = 300.0
log = structlog.get_logger(__name__)


async def settle_later(desk: Desk, asked: Asked) -> None:
    """Have the kind of an answer's channel looked up afterwards; without it, it stays private."""
    workspace = asked.workspace
    payload = {"task": SETTLE, "channel": asked.channel, "answer": asked.id}
    item = Item(workspace, answer_id(workspace, SETTLE, asked.id), payload)
    try:
        await desk.accept(item, [f"{SETTLE}:{asked.id}"], SETTLE_S, limited=False)
    except StoreError as error:
        log.info("not_settled", workspace=workspace, id=asked.id, reason=str(error))
