"""A history that keeps nothing, for when no store can be used: questions are still answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge.history import PastAnswer, Wanted
from knowledge.visibility import Place, Viewer


class NoHistory:
    """``knowledge.history.History`` without a memory, but for the threads of this process."""

    def __init__(self) -> None:
        self._threads: dict[Place, Mapping[str, Any]] = {}

    def record(self, past: PastAnswer) -> bool:
        """Store nothing; False."""
        return False

    def get(self, answer_id: str, viewer: Viewer) -> PastAnswer | None:
        """Return None."""
        return None

    def search(
        self, words: str, viewer: Viewer, limit: int = 5, wanted: Wanted | None = None
    ) -> list[PastAnswer]:
        """Return nothing."""
        return []

    def similar(self, query: str, viewer: Viewer, limit: int = 3) -> list[PastAnswer]:
        """Return nothing."""
        return []

    def unanswered(self, workspace: str, limit: int = 50) -> list[PastAnswer]:
        """Return nothing."""
        return []

    def feedback(self, answer_id: str, user: str, verdict: str, reason: str = "") -> None:
        """Keep nothing."""

    def thread(self, place: Place) -> Mapping[str, Any] | None:
        """Return what this process kept for the conversation, so that follow-ups work."""
        return self._threads.get(place)

    def keep_thread(self, place: Place, state: Mapping[str, Any]) -> None:
        """Keep it for as long as this process runs."""
        self._threads[place] = state
