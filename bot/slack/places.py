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

KEEP_S = 300.0
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
MADE_PRIVATE = "channel_convert_to_private"
"""The subtype of the message that says so in a public channel that was made private."""
log = structlog.get_logger(__name__)


def kind_of_event(body: Mapping[str, Any]) -> PlaceKind | None:
    """Return the kind that an event itself tells, None when it does not say."""
    event = body.get("event", {})
    if body.get("is_ext_shared_channel") or is_by_a_stranger(body):
        return "external"
    if event.get("subtype") == MADE_PRIVATE:
        return "private"
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
    """Channel kinds, remembered for five minutes.

    No answer waits for a look-up: ``users.conversations`` tells of all channels of the bot, at the
    start and every few minutes in workspaces in which something is asked. Where nothing tells, a
    channel that an event called unshared is private, any other is taken for one that another
    company reads; what was answered there is looked at again afterwards (``bot.slack.settling``).
    An event's ``channel_type`` tells nothing of sharing within an organisation, or of an invitation
    that is not yet accepted. So it is not believed where a channel object said that a channel is
    shared, until another one says that it is not.
    """

    def __init__(
        self,
        client_of: Callable[[str], AsyncWebClient],
        scopes_of: Callable[[str], frozenset[str] | None] = lambda _: None,
    ) -> None:
        self._client_of = client_of
        self._scopes_of = scopes_of
        self._known: dict[tuple[str, str], tuple[PlaceKind, float]] = {}
        self._guessed: dict[tuple[str, str], tuple[PlaceKind, float]] = {}
        self._shared: set[tuple[str, str]] = set()
        self._unshared: dict[tuple[str, str], float] = {}
        self._asked: dict[str, float] = {}

    def at_hand(
        self, workspace: str, channel: str, told: PlaceKind | None = None
    ) -> tuple[PlaceKind, bool]:
        """Return the kind to answer by, at once, and whether that is sure.

        What is not sure is the most private that it may be.
        """
        self._asked[workspace] = time.monotonic()
        kind = self._believed(workspace, channel, told) or self.known(workspace, channel)
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
        for known in (self._known, self._guessed):
            kind, until = known.get((workspace, channel), (None, 0.0))
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
        kind = self._believed(workspace, channel, kind_of_event(body))
        if kind == "external" or (kind is not None and channel.startswith("C")):
            self.learn(workspace, channel, kind)
        if body.get("is_ext_shared_channel") is False:
            self._unshared[workspace, channel] = time.monotonic() + KEEP_S

    async def kind(self, workspace: str, channel: str, told: PlaceKind | None = None) -> PlaceKind:
        """Return the kind, asking Slack where nothing tells it; raises ``NotInstalled``."""
        kind = self._believed(workspace, channel, told) or self.known(workspace, channel)
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
                self._guessed[workspace, channel] = (kind, time.monotonic() + KEEP_S)
            return kind
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("channel_kind_unknown", channel=channel, reason=type(error).__name__)
            return self._untold(workspace, channel)
        return self._read(workspace, channel, answer["channel"])

    def _believed(self, workspace: str, channel: str, told: PlaceKind | None) -> PlaceKind | None:
        """Return what an event told, None where it is known better that others read along."""
        kind, until = self._known.get((workspace, channel), (None, 0.0))
        shared = kind == "external" and until > time.monotonic()
        if told != "external" and (shared or (workspace, channel) in self._shared):
            return None
        return told

    def _read(self, workspace: str, channel: str, told: Mapping[str, Any]) -> PlaceKind:
        """Remember what a channel object tells."""
        kind = kind_of_channel(told)
        (self._shared.add if kind == "external" else self._shared.discard)((workspace, channel))
        self.learn(workspace, channel, kind)
        return kind

    def _untold(self, workspace: str, channel: str) -> PlaceKind:
        return "private" if self._is_unshared(workspace, channel) else "external"

    def _is_unshared(self, workspace: str, channel: str) -> bool:
        return self._unshared.get((workspace, channel), 0.0) > time.monotonic()

    async def learn_all(self, workspace: str) -> None:
        """Remember the channels that the bot is in, as far as its scopes let it see them.

        A public channel that is no longer among them may have been made private: it is forgotten.
        """
        client, cursor = self._client_of(workspace), ""
        began, listed = time.monotonic(), set[str]()
        private = PRIVATE_SCOPE in (self._scopes_of(workspace) or ())
        types = "public_channel,private_channel" if private else "public_channel"
        try:
            while True:
                answer = await client.users_conversations(
                    types=types, exclude_archived=True, limit=PAGE, cursor=cursor
                )
                for channel in answer["channels"]:
                    listed.add(channel["id"])
                    self._read(workspace, channel["id"], channel)
                cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
                if not cursor:
                    self._forget_public(workspace, listed, began)
                    return
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.info("channels_not_listed", reason=type(error).__name__)

    def _forget_public(self, workspace: str, listed: set[str], began: float) -> None:
        """Forget the public channels that a whole listing left out; not what was told meanwhile."""
        self._known = {
            (where, channel): (kind, until)
            for (where, channel), (kind, until) in self._known.items()
            if where != workspace or kind != "public" or channel in listed or until > began + KEEP_S
        }


def kind_of_channel(channel: Mapping[str, Any]) -> PlaceKind:
    """Return the kind of a channel object; shared in any way counts as shared with others."""
    if any(channel.get(flag) for flag in SHARED):
        return "external"
    if channel.get("is_im"):
        return "dm"
    if channel.get("is_mpim"):
        return "group"
    return "public" if channel.get("is_private") is False else "private"
