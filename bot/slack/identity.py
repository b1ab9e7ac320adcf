"""Who the bot is in one workspace: what may be told to anybody, and no token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in its workspace, as ``auth.test`` says; ``scopes`` is None where unknown."""

    team_id: str
    bot_user_id: str
    bot_id: str
    url: str
    scopes: frozenset[str] | None = None

    def __reduce__(self) -> tuple[type[Identity], tuple[Any, ...]]:
        """Travel as the fields alone: it goes with every question."""
        told = (self.team_id, self.bot_user_id, self.bot_id, self.url, self.scopes)
        return type(self), told
