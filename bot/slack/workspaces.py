"""Which workspaces the bot serves: who it is in each, and the client that speaks for it there.

``auth.test`` is never called for a request: what it says is known from the start or the install.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.identity import Identity

FAREWELL = "farewell"
"""The task that deletes what is stored of a workspace."""


class NotInstalled(Exception):
    """The bot has no token for this workspace, or no longer."""

    def __init__(self, workspace: str) -> None:
        super().__init__(workspace)
        self.workspace = workspace


class Workspaces(Protocol):
    """The workspaces that are served. All of it answers from memory or the store, never Slack."""

    def identity_of(self, workspace: str) -> Identity:
        """Return who the bot is in a workspace; raises ``NotInstalled``."""

    def client_of(self, workspace: str) -> AsyncWebClient:
        """Return the client with a workspace's token; raises ``NotInstalled``."""

    def authorize(
        self, workspace: str | None, enterprise: str | None, org_wide: bool
    ) -> AuthorizeResult | None:
        """Return what Bolt needs to know of a request's workspace, None when it is not served."""

    def refused(self, workspace: str, reason: str) -> None:
        """Hear that Slack refused the token of a workspace."""

    def forget(self, workspace: str | None = None) -> None:
        """Drop what is remembered of a workspace, of all without one."""


class OneWorkspace:
    """The workspace of the token in the environment, identified once, at the start."""

    def __init__(
        self, identity: Identity, client: AsyncWebClient, on_refused: Callable[[str], None]
    ) -> None:
        self.identity = identity
        self._client = client
        self._on_refused = on_refused
        self._authorized = AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team_id,
            bot_user_id=identity.bot_user_id,
            bot_id=identity.bot_id,
            bot_token=client.token,
        )

    def identity_of(self, workspace: str) -> Identity:
        """Return the one identity; raises ``NotInstalled`` for another workspace."""
        self._insist(workspace)
        return self.identity

    def client_of(self, workspace: str) -> AsyncWebClient:
        """Return the one client; raises ``NotInstalled`` for another workspace."""
        self._insist(workspace)
        return self._client

    def authorize(
        self, workspace: str | None, enterprise: str | None, org_wide: bool
    ) -> AuthorizeResult | None:
        """Return the one authorisation, None for another workspace."""
        return self._authorized if workspace in (None, self.identity.team_id) else None

    def refused(self, workspace: str, reason: str) -> None:
        """Tell the service: without its one token it cannot go on."""
        self._on_refused(reason)

    def forget(self, workspace: str | None = None) -> None:
        """Do nothing: what is known came from the environment."""

    def described(self) -> dict[str, str]:
        """Return what the log says of it at the start."""
        return {"team": self.identity.team_id, "bot": self.identity.bot_user_id}

    def _insist(self, workspace: str) -> None:
        if workspace != self.identity.team_id:
            raise NotInstalled(workspace)
