"""What a form of an entry carries beside its fields."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bot.question import Language


@dataclass(frozen=True, slots=True)
class Carried:
    """Which draft a form writes; the limit of Slack is 3,000 characters.

    ``entry_id`` is fixed where an entry is edited, empty where it is new; ``replaces`` says that it
    is that of a built-in one. ``answers`` are ids of the questions that the entry is to answer.
    ``related`` is what the form does not show. ``origin`` is the draft that this one goes on from;
    ``deep`` says that the form stands on other views.
    """

    draft: str
    language: Language = "en"
    entry_id: str = ""
    based_on: int = 0
    answers: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    replaces: bool = False
    origin: str = ""
    deep: bool = False

    def as_metadata(self) -> str:
        """Return it as a form carries it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_metadata(cls, text: str) -> Carried | None:
        """Read it back; None for a form of a former version."""
        try:
            read = json.loads(text)
            tuples = {name: tuple(read.get(name, ())) for name in ("answers", "related")}
            return cls(**{**read, **tuples})
        except (ValueError, TypeError, AttributeError):
            return None
