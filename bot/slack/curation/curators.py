"""Who may write a team's entries: the people and user groups named, else admins and owners."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Literal

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.scopes import granted_scopes

KEEP_S = 60.0
PATIENCE_S = 5.0
GUEST = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")
ADMIN = ("is_admin", "is_owner", "is_primary_owner")
Standing = Literal["curator", "other", "unknown"]
"""``unknown``: Slack could not be asked, for want of a scope or of an answer."""
Scopes = frozenset[str] | None
log = structlog.get_logger(__name__)


class _Lacking(Exception):
    """The scope to ask Slack is not granted."""


class Curators:
    """Asks Slack who is a curator and remembers it for a minute, each workspace apart."""

    def __init__(self, named: Sequence[str], scopes_of: Callable[[str], Scopes]) -> None:
        """Take ids of users (``U…``, ``W…``) and user groups (``S…``); none: admins, owners.

        ``scopes_of`` tells what was granted in a workspace at the start, None where unknown.
        """
        self._scopes_of = scopes_of
        self._granted: dict[str, tuple[Scopes, float]] = {}
        self._groups = tuple(one for one in named if one.startswith("S"))
        self._users = frozenset(named) - frozenset(self._groups)
        self._members: dict[tuple[str, str], tuple[frozenset[str], float]] = {}
        self._admins: dict[tuple[str, str], tuple[bool, float]] = {}

    @property
    def named(self) -> bool:
        """Whether curators are named, instead of being the admins and owners."""
        return bool(self._users or self._groups)

    async def standing(self, client: AsyncWebClient, workspace: str, user: str) -> Standing:
        """Return whether somebody is a curator now; never raises."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._standing(client, workspace, user)
        except SlackApiError as error:
            reason = str(error.response.get("error", ""))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = type(error).__name__
        except _Lacking as error:
            reason = str(error)
        log.warning("curators_not_known", workspace=workspace, user=user, reason=reason)
        return "unknown"

    def seems(self, workspace: str, user: str) -> bool:
        """Return whether somebody was a curator when last asked, for the words on a button."""
        if user in self._users or self._admins.get((workspace, user), (False, 0.0))[0]:
            return True
        return any(
            user in self._members.get((workspace, one), ((), 0.0))[0] for one in self._groups
        )

    async def _standing(self, client: AsyncWebClient, workspace: str, user: str) -> Standing:
        if user in self._users:
            return "curator"
        await self._insist(client, workspace, "usergroups:read" if self.named else "users:read")
        if not self.named:
            return "curator" if await self._is_admin(client, workspace, user) else "other"
        for group in self._groups:
            if user in await self._of_group(client, workspace, group):
                return "curator"
        return "other"

    async def _insist(self, client: AsyncWebClient, workspace: str, scope: str) -> None:
        """Ask for what Slack would refuse no oftener than the scopes could have changed."""
        scopes = self._scopes_of(workspace)
        if scopes is None or scope in scopes or not (self._groups or not self.named):
            return
        scopes, until = self._granted.get(workspace, (None, 0.0))
        if until <= time.monotonic():
            scopes = granted_scopes((await client.auth_test()).headers)
            self._granted[workspace] = (scopes, time.monotonic() + KEEP_S)
        if scopes is not None and scope not in scopes:
            raise _Lacking(f"no scope {scope}")

    async def _of_group(self, client: AsyncWebClient, workspace: str, group: str) -> frozenset[str]:
        members, until = self._members.get((workspace, group), (frozenset(), 0.0))
        if until <= time.monotonic():
            try:
                answer = await client.usergroups_users_list(usergroup=group)
            except SlackApiError as error:
                # A group of another workspace, or one that is gone, has no members here.
                if error.response.get("error") not in ("no_such_subteam", "subteam_not_found"):
                    raise
                members = frozenset()
            else:
                members = frozenset(answer["users"])
            self._members[workspace, group] = (members, time.monotonic() + KEEP_S)
        return members

    async def _is_admin(self, client: AsyncWebClient, workspace: str, user: str) -> bool:
        admin, until = self._admins.get((workspace, user), (False, 0.0))
        if until <= time.monotonic():
            person = (await client.users_info(user=user))["user"]
            guest = any(person.get(flag) for flag in GUEST)
            admin = not guest and any(person.get(flag) for flag in ADMIN)
            self._admins[workspace, user] = (admin, time.monotonic() + KEEP_S)
        return admin
