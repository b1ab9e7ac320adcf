"""What a store keeps for people and channels: their preferences, and the answers they saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from knowledge.history import PastAnswer
from knowledge.visibility import Viewer

OwnerKind = Literal["user", "channel", "workspace"]


def owner_of(kind: OwnerKind, name: str = "") -> str:
    """Return the key of an owner's preferences: ``user:U1``, ``channel:C1``, ``workspace``."""
    return f"{kind}:{name}" if name else kind


class Personal(Protocol):
    """Preferences by owner (see ``owner_of``) and saved answers by user, each in a workspace."""

    def preferences(self, workspace: str, owner: str) -> Mapping[str, Any]:
        """Return what the owner chose; empty when nothing was chosen."""

    def prefer(self, workspace: str, owner: str, value: Mapping[str, Any], set_by: str) -> None:
        """Replace what the owner chose; an empty ``value`` removes it."""

    def save(self, workspace: str, user: str, answer_id: str) -> bool:
        """Save an answer for a user; False when it was saved before.

        Whether the user may see it is the caller's to check. Raises ``UnknownAnswer``.
        """

    def unsave(self, workspace: str, user: str, answer_id: str) -> bool:
        """Remove a saved answer; False when it was not saved."""

    def saved(self, workspace: str, user: str, limit: int = 20) -> list[PastAnswer]:
        """Return what the user saved, last saved first, wherever it was asked.

        Only public answers and the user's own may be shown from outside of their conversation.
        """

    def get_own(self, answer_id: str, viewer: Viewer) -> PastAnswer | None:
        """Return one answer if the viewer asked it, wherever that was."""

    def own(self, viewer: Viewer, limit: int = 10) -> list[PastAnswer]:
        """Return what the viewer asked in this workspace, in private too, newest first."""
