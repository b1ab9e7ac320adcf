"""The workspaces that installed the bot, each with the token that the store keeps sealed.

A look-up is remembered for a minute, so that a request costs no query and no decryption, and an
install or removal in another process is noticed soon.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BadSetting
from bot.slack.identity import Identity
from bot.slack.install.vault import Vault
from bot.slack.workspaces import NotInstalled
from knowledge.store.installations import Installation, Installations

KEEP_S = 60.0
KEEP_MISSING_S = 5.0
MOST_KEPT = 1_000
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """One workspace as it is served: who the bot is there, its client, what Bolt is told."""

    identity: Identity
    client: AsyncWebClient
    authorized: AuthorizeResult
    enterprise: str | None


class InstalledWorkspaces:
    """``bot.slack.workspaces.Workspaces`` over the installations of a store.

    ``client_with(token)`` makes a client. Safe from several threads.
    """

    def __init__(
        self, store: Installations, vault: Vault, client_with: Callable[[str], AsyncWebClient]
    ) -> None:
        self._store = store
        self._vault = vault
        self._client_with = client_with
        self._kept: OrderedDict[str, tuple[Served | None, float]] = OrderedDict()

    def identity_of(self, workspace: str) -> Identity:
        """Return who the bot is in a workspace; raises ``NotInstalled``."""
        return self._insist(workspace).identity

    def client_of(self, workspace: str) -> AsyncWebClient:
        """Return the client with a workspace's token; raises ``NotInstalled``."""
        return self._insist(workspace).client

    def authorize(
        self, workspace: str | None, enterprise: str | None, org_wide: bool
    ) -> AuthorizeResult | None:
        """Return what Bolt needs to know of a request's workspace, None when it is not served.

        A workspace that is first heard of by an org-wide installation is noted for it.
        """
        asked = workspace or enterprise
        if asked is None:
            return None
        served = self.find(asked)
        if served is None and enterprise and org_wide and workspace:
            organisation = self.find(enterprise)
            if organisation is None:
                return None
            self._store.serve_from_org(workspace, enterprise)
            self.forget(workspace)
            served = self.find(workspace)
        return None if served is None else served.authorized

    def refused(self, workspace: str, reason: str) -> None:
        """Look the token up anew before it is used again; others go on."""
        self.forget(workspace)
        log.error("installation_refused", workspace=workspace, reason=reason)

    def forget(self, workspace: str | None = None) -> None:
        """Drop what is remembered of a workspace, of all without one."""
        if workspace is None:
            self._kept.clear()
        else:
            self._kept.pop(workspace, None)

    def find(self, workspace: str) -> Served | None:
        """Return a workspace as it is served, None when it is not."""
        kept = self._kept.get(workspace)
        if kept is not None and kept[1] > time.monotonic():
            return kept[0]
        found = self._store.installation(workspace)
        served = None if found is None else self._served(found, workspace)
        keep_s = KEEP_MISSING_S if served is None else KEEP_S
        self._kept[workspace] = (served, time.monotonic() + keep_s)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return served

    def keep(self, installation: Installation, token: str) -> None:
        """Store an installation with its token sealed; it is served from now on."""
        sealed = self._vault.seal(token, installation.workspace)
        self._store.keep_installation(replace(installation, sealed_token=sealed))
        # A new org-wide installation may serve workspaces that are remembered as not served.
        self.forget()

    def reseal(self) -> int:
        """Seal with the newest key what an older one sealed; return how many. Says what is lost."""
        resealed = 0
        for one in self._store.installations():
            if self._vault.is_current(one.sealed_token):
                continue
            try:
                token = self._vault.open(one.sealed_token, one.workspace)
            except BadSetting as error:
                log.error("installation_unreadable", workspace=one.workspace, reason=error.key)
                continue
            self.keep(one, token)
            resealed += 1
        return resealed

    def described(self) -> dict[str, int]:
        """Return what the log says of them at the start."""
        return {"installations": len(self._store.installations())}

    def _insist(self, workspace: str) -> Served:
        served = self.find(workspace)
        if served is None:
            raise NotInstalled(workspace)
        return served

    def _served(self, found: Installation, workspace: str) -> Served | None:
        try:
            token = self._vault.open(found.sealed_token, found.workspace)
        except BadSetting as error:
            log.error("installation_unreadable", workspace=found.workspace, reason=error.key)
            return None
        identity = Identity(
            team_id=workspace,
            bot_user_id=found.bot_user_id,
            bot_id=found.bot_id,
            url=found.url,
            scopes=frozenset(found.scopes.split(",")),
        )
        authorized = AuthorizeResult(
            enterprise_id=found.enterprise,
            team_id=workspace,
            bot_user_id=found.bot_user_id,
            bot_id=found.bot_id,
            bot_token=token,
        )
        return Served(identity, self._client_with(token), authorized, found.enterprise)
