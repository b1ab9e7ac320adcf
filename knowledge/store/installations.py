"""What a store keeps of the workspaces that installed the bot; tokens only as sealed text.

The key to a sealed token is the caller's: nothing in the store's file opens one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation. ``workspace`` is the workspace's id, org-wide the organisation's.

    ``installed_at`` is in seconds since 1970.
    """

    workspace: str
    enterprise: str | None
    org_wide: bool
    sealed_token: str
    bot_user_id: str
    bot_id: str
    url: str
    scopes: str
    installed_at: float


class Installations(Protocol):
    """Installations, and the one-time states that were used."""

    def keep_installation(self, installation: Installation) -> None:
        """Store an installation in the place of an earlier one of the same workspace."""

    def installation(self, workspace: str) -> Installation | None:
        """Return the installation that serves a workspace: its own, else its organisation's."""

    def installations(self) -> list[Installation]:
        """Return all installations, oldest first."""

    def serve_from_org(self, workspace: str, enterprise: str) -> None:
        """Note that a workspace belongs to an organisation with an org-wide installation."""

    def workspaces_of(self, enterprise: str) -> list[str]:
        """Return the workspaces that were noted for an organisation."""

    def use_state(self, digest: str, lasts_s: float) -> bool:
        """Note that a state was used, for as long as it lasts; False when it was before."""
