"""A question as every face hands it to ``answer()``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge.visibility import Place, Viewer

Language = Literal["en", "zh"]
TERMINAL = Place(workspace="local", channel="terminal", kind="terminal")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, by whom and where; ``language`` overrides the detected one."""

    text: str
    asker: str = "local"
    place: Place = TERMINAL
    language: Language | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        """Replace lone surrogates, which no encoding carries, so that nothing later fails."""
        object.__setattr__(self, "text", self.text.encode("utf-8", "replace").decode("utf-8"))

    @property
    def viewer(self) -> Viewer:
        """The asker as somebody who looks at past answers from this place."""
        return Viewer(user=self.asker, place=self.place)
