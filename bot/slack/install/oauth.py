"""The two steps of an install: off to Slack with a one-time state, and back with a code.

The state is a stamp of this bot over the digest of a secret in the browser's cookie: whoever lacks
the cookie has nothing to show for it. Nothing is stored before the way back, so that opening the
install page a million times costs nothing; a state that was used is remembered until it lapses.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.install.installed import InstalledWorkspaces
from bot.slack.install.vault import Vault
from knowledge.store.installations import Installation

STATE_LASTS_S = 600.0
REDIRECT_PATH = "/slack/oauth_redirect"
log = structlog.get_logger(__name__)


class InstallRefused(Exception):
    """An install that goes no further; ``key`` names the sentence that the browser shows."""

    def __init__(self, key: str, status: int = 400) -> None:
        super().__init__(key)
        self.key = key
        self.status = status


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the app is at Slack, and where Slack sends the browser back to."""

    client_id: str
    client_secret: str
    public_url: str
    scopes: tuple[str, ...]

    @property
    def redirect_uri(self) -> str:
        """The address that Slack sends the browser back to."""
        return self.public_url + REDIRECT_PATH


@dataclass(frozen=True, slots=True)
class Departure:
    """The way to Slack's consent page: its address, and the cookie that the browser keeps."""

    url: str
    cookie: str


class Installer:
    """Takes browsers through an install; ``client`` has no token of its own."""

    def __init__(
        self,
        credentials: Credentials,
        desk: Desk,
        workspaces: InstalledWorkspaces,
        vault: Vault,
        client: AsyncWebClient,
    ) -> None:
        self._credentials = credentials
        self._desk = desk
        self._workspaces = workspaces
        self._vault = vault
        self._client = client
        self._urls = AuthorizeUrlGenerator(
            client_id=credentials.client_id,
            scopes=list(credentials.scopes),
            redirect_uri=credentials.redirect_uri,
            authorization_url=client.base_url.removesuffix("api/") + "oauth/v2/authorize",
        )

    def depart(self) -> Departure:
        """Return the way to Slack."""
        cookie = secrets.token_urlsafe(32)
        return Departure(self._urls.generate(self._vault.stamp(_digest(cookie))), cookie)

    async def arrive(self, query: Mapping[str, str], cookie: str | None) -> str:
        """Finish an install and return the workspace's name; raises ``InstallRefused``."""
        code = query.get("code")
        await self._use(query.get("state"), cookie)
        if query.get("error"):
            raise InstallRefused("install_cancelled")
        if not code:
            raise InstallRefused("install_failed")
        try:
            granted = await self._granted(code)
            token, installation = await self._installation(granted)
        except SlackApiError as error:
            log.error("install_refused", reason=str(error.response.get("error", "")))
            raise InstallRefused("install_failed") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.error("install_refused", reason=type(error).__name__)
            raise InstallRefused("install_failed", 502) from None
        await self._desk.stored(self._workspaces.keep, installation, token)
        log.info("installed", workspace=installation.workspace, org_wide=installation.org_wide)
        return _name(granted)

    async def _use(self, state: str | None, cookie: str | None) -> None:
        """Use the state up; raises ``InstallRefused`` unless it is this browser's, in time, new."""
        if not state or not cookie:
            raise InstallRefused("install_state")
        stamped = self._vault.stamped(state, STATE_LASTS_S)
        if stamped is None or not hmac.compare_digest(stamped, _digest(cookie)):
            raise InstallRefused("install_state")
        store = self._desk.store
        if not await self._desk.stored(store.use_state, _digest(state), STATE_LASTS_S):
            raise InstallRefused("install_state")

    async def _granted(self, code: str) -> Mapping[str, Any]:
        """Exchange the code; raises ``InstallRefused`` for what this bot cannot work with."""
        answer = await self._client.oauth_v2_access(
            client_id=self._credentials.client_id,
            client_secret=self._credentials.client_secret,
            code=code,
            redirect_uri=self._credentials.redirect_uri,
        )
        granted: Mapping[str, Any] = answer.data if isinstance(answer.data, dict) else {}
        if granted.get("refresh_token") or granted.get("expires_in"):
            log.error("install_refused", reason="token_rotation_enabled")
            raise InstallRefused("install_rotation")
        if granted.get("token_type") != "bot" or not granted.get("access_token"):
            raise InstallRefused("install_failed")
        return granted

    async def _installation(self, granted: Mapping[str, Any]) -> tuple[str, Installation]:
        """Ask once who the bot is there: ``auth.test`` is called at an install and never again."""
        token = str(granted["access_token"])
        who = await self._client.auth_test(token=token)
        org_wide = bool(granted.get("is_enterprise_install"))
        enterprise = (granted.get("enterprise") or {}).get("id")
        team = (granted.get("team") or {}).get("id")
        workspace = enterprise if org_wide else team
        if not workspace:
            raise InstallRefused("install_failed")
        installation = Installation(
            workspace=str(workspace),
            enterprise=enterprise,
            org_wide=org_wide,
            sealed_token="",
            bot_user_id=str(granted.get("bot_user_id") or who["user_id"]),
            bot_id=str(who.get("bot_id") or ""),
            url=str(who.get("url") or ""),
            scopes=str(granted.get("scope") or ""),
            installed_at=time.time(),
        )
        return token, installation


def _name(granted: Mapping[str, Any]) -> str:
    named = granted.get("team") or granted.get("enterprise") or {}
    return str(named.get("name") or named.get("id") or "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
