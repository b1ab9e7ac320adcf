"""Where a follow-up by a click or a form comes from, and how its answer gets there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bot.recalculating import Numbers
from bot.slack.asked import Asked
from bot.slack.places import kind_of_id
from knowledge.history import PastAnswer
from knowledge.visibility import PlaceKind


@dataclass(frozen=True, slots=True)
class Origin:
    """The message whose answer is changed, and how its follow-up gets there.

    ``thread`` is the conversation. ``url`` is the ``response_url`` of the click, where there is
    one; a ``private`` answer's follow-up is shown through it to the asker alone.
    """

    answer: str
    channel: str
    thread: str | None = None
    url: str | None = None
    private: bool = False

    def as_metadata(self) -> str:
        """Return it as a form carries it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_metadata(cls, text: str) -> Origin | None:
        """Read it back; None for a form of a former version."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    def asked(
        self,
        asked_id: str,
        workspace: str,
        user: str,
        past: PastAnswer,
        numbers: Numbers,
        text: str,
    ) -> Asked:
        """Return the question of a follow-up: as private as what it follows."""
        known = self.private and past.place.channel == self.channel
        kind: PlaceKind | None = past.place.kind if known else kind_of_id(self.channel)
        return Asked(
            id=asked_id,
            workspace=workspace,
            user=user,
            channel=self.channel,
            text=text,
            thread=self.thread or f"form-{asked_id}",
            kind=kind,
            response_url=self.url if self.private else None,
            private=self.private,
            numbers=numbers.as_payload(),
            url=self.url,
        )
