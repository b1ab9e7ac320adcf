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
REFRESH_S = 240.0
ACTIVE_S = 3_600.0
LOOK_UP_S = 2.0
PAGE = 200
PRIVATE_SCOPE = "groups:read"
SHARED = ("is_ext_shared", "is_pending_ext_shared", "is_org_shared", "is_shared")
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
    if body.get("is_ext_shared_channel") or is_by_a_stranger(body):
        return "external"
    kind = _EVENT_KINDS.get(event.get("channel_type", ""))
    return kind or kind_of_id(event.get("channel", ""))


def is_by_a_stranger(body: Mapping[str, Any]) -> bool:
    """Return whether a message is by a member of another workspace: only shared channels have it.

    ``user_team`` and ``source_team`` are there when they differ from the bot's own workspace.
    """
    event = body.get("event", {})
    own = {body.get("team_id"), body.get("context_team_id"), body.get("enterprise_id")}
    own |= {one.get("team_id") for one in body.get("authorizations") or ()}
    others = {event.get("user_team"), event.get("source_team")} - {None}
    return not others <= own


def kind_of_id(channel: str) -> PlaceKind | None:
    """Return the kind that a channel's id tells: ``C…`` and ``G…`` may be shared with others."""
    return "dm" if channel.startswith("D") else None


class Places:
    """Channel kinds, remembered for ten minutes.

    No answer waits for a look-up: ``users.conversations`` tells of all channels of the bot, at the
    start and every few minutes in workspaces in which something is asked. Where nothing tells, a
    channel that an event called unshared is private, any other is taken for one that another
    company reads; what was answered there is looked at again afterwards (``bot.slack.settling``).
    """

    def __init__(
        self,
        client_of: Callable[[str], AsyncWebClient],
        scopes_of: Callable[[str], frozenset[str] | None] = lambda _: None,
    ) -> None:
        self._client_of = client_of
        self._scopes_of = scopes_of
        self._known: dict[tuple[str, str], tuple[PlaceKind, float]] = {}
        self._unshared: dict[tuple[str, str], float] = {}
        self._asked: dict[str, float] = {}

    def at_hand(
        self, workspace: str, channel: str, told: PlaceKind | None = None
    ) -> tuple[PlaceKind, bool]:
        """Return the kind to answer by, at once, and whether that is sure.

        What is not sure is the most private that it may be.
        """
        self._asked[workspace] = time.monotonic()
        kind = told or self.known(workspace, channel)
        return (kind, True) if kind is not None else (self._untold(workspace, channel), False)

    def active(self) -> list[str]:
        """Return the workspaces in which something was asked within the last hour."""
        since = time.monotonic() - ACTIVE_S
        self._asked = {one: at for one, at in self._asked.items() if at > since}
        return list(self._asked)

    def known(self, workspace: str, channel: str) -> PlaceKind | None:
        """Return the kind without asking Slack, None when that needs a call."""
        told = kind_of_id(channel)
        if told is not None:
            return told
        kind, until = self._known.get((workspace, channel), (None, 0.0))
        if until > time.monotonic():
            return kind
        return (
            "private" if channel.startswith("G") and self._is_unshared(workspace, channel) else None
        )

    def learn(self, workspace: str, channel: str, kind: PlaceKind) -> None:
        """Remember what an event told."""
        self._known[workspace, channel] = (kind, time.monotonic() + KEEP_S)

    def hear(self, workspace: str, body: Mapping[str, Any]) -> None:
        """Remember what an event tells on the way of the channel that it comes from."""
        channel = str(body.get("event", {}).get("channel", ""))
        kind = kind_of_event(body)
        if kind == "external" or (kind is not None and channel.startswith("C")):
            self.learn(workspace, channel, kind)
        if body.get("is_ext_shared_channel") is False:
            self._unshared[workspace, channel] = time.monotonic() + KEEP_S

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
            kind = self._untold(workspace, channel)
            if reason != "ratelimited":
                self.learn(workspace, channel, kind)
            return kind
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("channel_kind_unknown", channel=channel, reason=type(error).__name__)
            return self._untold(workspace, channel)
        kind = kind_of_channel(answer["channel"])
        self.learn(workspace, channel, kind)
        return kind

    def _untold(self, workspace: str, channel: str) -> PlaceKind:
        return "private" if self._is_unshared(workspace, channel) else "external"

    def _is_unshared(self, workspace: str, channel: str) -> bool:
        return self._unshared.get((workspace, channel), 0.0) > time.monotonic()

    async def learn_all(self, workspace: str) -> None:
        """Remember the channels that the bot is in, as far as its scopes let it see them."""
        client, cursor = self._client_of(workspace), ""
        private = PRIVATE_SCOPE in (self._scopes_of(workspace) or ())
        types = "public_channel,private_channel" if private else "public_channel"
        try:
            while True:
                answer = await client.users_conversations(
                    types=types, exclude_archived=True, limit=PAGE, cursor=cursor
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
    if any(channel.get(flag) for flag in SHARED):
        return "external"
    if channel.get("is_im"):
        return "dm"
    if channel.get("is_mpim"):
        return "group"
    return "public" if channel.get("is_private") is False else "private"
