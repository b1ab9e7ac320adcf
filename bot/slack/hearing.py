"""What people say, taken before Bolt, whichever way it came.

An app that may read a channel's history hears everything that is said there, its own answers too.
Each of these would go through all of Bolt's middleware and listeners; what asks something is handed
to the listener's own function. A mention mostly comes twice at the same moment, as such and as a
message: one of the two is recorded, and the other waits for it. All else goes to Bolt.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

from bot.slack.asked import message_keys, workspace_of
from bot.slack.desk import Desk
from bot.slack.events import mention, message
from bot.slack.events.message import asks_nothing
from bot.slack.workspaces import NotInstalled
from knowledge.store.errors import StoreError

HEAR: dict[str, Callable[[Mapping[str, Any], Desk], Awaitable[None]]] = {
    mention.EVENT: mention.hear,
    message.EVENT: message.hear,
}
log = structlog.get_logger(__name__)


class Hearing:
    """Takes the payloads of deliveries whose origin is sure."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._under_way: dict[tuple[str, str], asyncio.Event] = {}

    async def take(self, body: dict[str, Any]) -> bool | None:
        """Return whether a message may be acknowledged; None for what Bolt has to look at."""
        if self._asks_nothing(body):
            return True
        key = _message(body)
        if key is None:
            return None
        async with self._turn(key) as recorded:
            return True if recorded else await self._heard(body)

    async def _heard(self, body: Mapping[str, Any]) -> bool | None:
        """Record a message; None where Bolt has the words for it: nobody's, or one's own."""
        kind, user = body["event"]["type"], body["event"].get("user")
        try:
            if user == self._desk.identity_of(workspace_of(body)).bot_user_id:
                return None
            await HEAR[kind](body, self._desk)
        except NotInstalled:
            return None
        except StoreError as error:
            log.error("not_recorded", kind=kind, reason=str(error))
            return False
        return True

    @asynccontextmanager
    async def _turn(self, key: tuple[str, str]) -> AsyncIterator[bool]:
        """Wait while another delivery of the message is under way; then tell if it was recorded."""
        recorded = False
        while (other := self._under_way.get(key)) is not None:
            await other.wait()
            recorded = self._desk.is_repeat(key[0], [key[1]])
        if recorded:
            yield True
            return
        mine = self._under_way[key] = asyncio.Event()
        try:
            yield False
        finally:
            del self._under_way[key]
            mine.set()

    def _asks_nothing(self, body: dict[str, Any]) -> bool:
        try:
            return asks_nothing(body, self._desk)
        except NotInstalled:
            # Bolt's authorisation has the words for it.
            return False


def _message(body: dict[str, Any]) -> tuple[str, str] | None:
    """Return the workspace of a message and its dedupe key; None for what is no message."""
    event = body.get("event") if body.get("type") == "event_callback" else None
    if not isinstance(event, dict) or event.get("type") not in HEAR:
        return None
    try:
        return workspace_of(body), message_keys({}, event["channel"], event["ts"])[0]
    except (KeyError, IndexError, AttributeError, TypeError):
        # Bolt has the words for it.
        return None
