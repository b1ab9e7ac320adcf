"""A question as every face hands it to ``answer()``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from knowledge.visibility import Place, Viewer

Language = Literal["en", "zh"]
TERMINAL = Place(workspace="local", channel="terminal", kind="terminal")


@dataclass(frozen=True, slots=True)
class Defaults:
    """The cards of somebody's machine: a name of the registry, and how many."""

    gpu: str
    gpu_count: int = 1

    @property
    def cards(self) -> str:
        """The cards as they are written: ``8×H100 80GB``."""
        return f"{self.gpu_count}×{self.gpu}"

    @classmethod
    def read(cls, chosen: Mapping[str, Any]) -> Defaults | None:
        """Read them from a preference; None where no card was chosen."""
        gpu, count = chosen.get("gpu"), chosen.get("gpu_count")
        if not isinstance(gpu, str) or not gpu:
            return None
        return cls(gpu, count if isinstance(count, int) and count > 0 else 1)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, by whom and where; ``language`` overrides the detected one.

    ``defaults`` are the asker's cards, for a question that names none. ``private`` says that the
    answer is shown to the asker alone, though others read what is said in the place.
    """

    text: str
    asker: str = "local"
    place: Place = TERMINAL
    language: Language | None = None
    id: str | None = None
    defaults: Defaults | None = None
    private: bool = False

    def __post_init__(self) -> None:
        """Replace lone surrogates, which no encoding carries, so that nothing later fails."""
        object.__setattr__(self, "text", self.text.encode("utf-8", "replace").decode("utf-8"))

    @property
    def viewer(self) -> Viewer:
        """The asker as somebody who looks at past answers from this place."""
        aloud = not self.private and self.place.kind not in ("dm", "terminal")
        return Viewer(user=self.asker, place=self.place, aloud=aloud)
