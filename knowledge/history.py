"""Past questions and answers: the records, and what may be asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from knowledge.visibility import Place, Viewer


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """One question with its answer. ``answer`` is the JSON object of the design.

    ``version`` is a digest of what the answer rests on, None where there is none to compare with.
    ``id`` is unique and made by the caller from the question's own keys, so that recording the
    same question twice stores it once. ``private`` says that the answer was shown to its asker
    alone, and that they did not share it since.
    """

    id: str
    query: str
    language: str
    kind: str
    entry_id: str | None
    text: str
    answer: Mapping[str, Any]
    asker: str
    place: Place
    asked_at: datetime
    permalink: str | None = None
    version: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which past answers are looked for; all that is given has to hold.

    ``by`` is the id of who asked. ``own`` looks through what the viewer asked, wherever that was,
    instead of what may be seen from the viewer's place: for what is shown to the viewer alone.
    """

    kind: str | None = None
    since: datetime | None = None
    by: str | None = None
    own: bool = False


class History(Protocol):
    """The store of past answers. Every look-up takes the viewer and applies ``may_see``."""

    def record(self, past: PastAnswer) -> bool:
        """Store once; False when ``past.id`` was already stored."""

    def get(self, answer_id: str, viewer: Viewer) -> PastAnswer | None:
        """Return one answer if the viewer may see it."""

    def search(
        self, words: str, viewer: Viewer, limit: int = 5, wanted: Wanted | None = None
    ) -> list[PastAnswer]:
        """Return past answers whose question or text has the words, best first.

        Without a word, those that ``wanted`` asks for, newest first.
        """

    def similar(self, query: str, viewer: Viewer, limit: int = 3) -> list[PastAnswer]:
        """Return past answers to nearly the same question (the "asked before" hint).

        No private ones, whoever looks: a hint stays in its answer, which may be shared.
        """

    def unanswered(self, workspace: str, limit: int = 50) -> list[PastAnswer]:
        """Return questions that got ``unknown``, newest first."""

    def feedback(self, answer_id: str, user: str, verdict: str, reason: str = "") -> None:
        """Keep one verdict (``good`` or ``bad``) per user and answer; the last one counts."""

    def thread(self, place: Place) -> Mapping[str, Any] | None:
        """Return the state kept for a conversation (the last answer's inputs), or None."""

    def keep_thread(self, place: Place, state: Mapping[str, Any]) -> None:
        """Replace the state kept for a conversation."""
