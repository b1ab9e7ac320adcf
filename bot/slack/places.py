"""What kind of conversation a channel is: it decides who may find an answer later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from knowledge.visibility import PlaceKind

KEEP_S = 600.0
LOOK_UP_S = 2.0
PAGE = 200
_EVENT_KINDS: dict[str, PlaceKind] = {
    "channel": "public",
    "group": "private",
    "mpim": "group",
    "im": "dm",
}
log = structlog.get_logger(__name__)


def kind_of_event(body: Mapping[str, Any]) -> PlaceKind | None:
    """Return the kind that an event itself tells, None when it does not say."""
    event = body.get("event", {})
    if body.get("is_ext_shared_channel"):
        return "external"
    kind = _EVENT_KINDS.get(event.get("channel_type", ""))
    return kind or kind_of_id(event.get("channel", ""))


def kind_of_id(channel: str) -> PlaceKind | None:
    """Return the kind that a channel's id tells; ``C…`` may be public or private."""
    return {"D": "dm", "G": "private"}.get(channel[:1])  # type: ignore[return-value]


class Places:
    """Channel kinds, remembered for ten minutes; where Slack does not tell, private.

    ``users.conversations`` fills it at the start, so that an answer rarely needs a call.
    """

    def __init__(self, client_of: Callable[[str], AsyncWebClient]) -> None:
        self._client_of = client_of
        self._known: dict[tuple[str, str], tuple[PlaceKind, float]] = {}

    def known(self, workspace: str, channel: str) -> PlaceKind | None:
        """Return the kind without asking Slack, None when that needs a call."""
        told = kind_of_id(channel)
        if told is not None:
            return told
        kind, until = self._known.get((workspace, channel), (None, 0.0))
        return kind if until > time.monotonic() else None

    def learn(self, workspace: str, channel: str, kind: PlaceKind) -> None:
        """Remember what an event told."""
        self._known[workspace, channel] = (kind, time.monotonic() + KEEP_S)

    async def kind(self, workspace: str, channel: str, told: PlaceKind | None = None) -> PlaceKind:
        """Return the kind, asking Slack where nothing tells it; raises ``NotInstalled``."""
        kind = told or self.known(workspace, channel)
        if kind is not None:
            return kind
        client = self._client_of(workspace)
        try:
            async with asyncio.timeout(LOOK_UP_S):
                answer = await client.conversations_info(channel=channel)
        except SlackApiError as error:
            reason = error.response.get("error", "")
            log.info("channel_kind_unknown", channel=channel, reason=reason)
            if reason != "ratelimited":
                self.learn(workspace, channel, "private")
            return "private"
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("channel_kind_unknown", channel=channel, reason=type(error).__name__)
            return "private"
        kind = kind_of_channel(answer["channel"])
        self.learn(workspace, channel, kind)
        return kind

    async def learn_all(self, workspace: str) -> None:
        """Remember the public channels that the bot is in; without the scope, nothing."""
        client, cursor = self._client_of(workspace), ""
        try:
            while True:
                answer = await client.users_conversations(
                    types="public_channel", exclude_archived=True, limit=PAGE, cursor=cursor
                )
                for channel in answer["channels"]:
                    self.learn(workspace, channel["id"], kind_of_channel(channel))
                cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
                if not cursor:
                    return
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.info("channels_not_listed", reason=type(error).__name__)


def kind_of_channel(channel: Mapping[str, Any]) -> PlaceKind:
    """Return the kind of a channel object; shared in any way counts as shared with others."""
    if any(channel.get(flag) for flag in ("is_ext_shared", "is_org_shared", "is_shared")):
        return "external"
    if channel.get("is_im"):
        return "dm"
    if channel.get("is_mpim"):
        return "group"
    return "public" if channel.get("is_private") is False else "private"
