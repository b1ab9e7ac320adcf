"""What matching promises: the ranker that answers use, and the index that it looks into.

``Ranker`` is the one way to an entry. ``Index`` finds the stored phrasings that share the rarest
terms of a query; SQLite keeps it now, and any store that can look up terms can take its place,
because scores are made from the terms alone and never from the store's own ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from knowledge.entries import Entry

Decision = Literal["match", "ambiguous", "unknown"]
NONE = ""
"""The entry id under which an index keeps messages that no entry answers."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry with the probability, 0 to 1, that it is the one asked for."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """The entries for one query, best first.

    ``confidence`` is the calibrated probability that the first candidate is right and the query is
    in scope. ``match``: it reaches ``threshold``; ``ambiguous``: the first two together do, and
    neither is clearly ahead; ``unknown``: neither. ``none`` is how likely the message looks like
    one that no entry answers. ``details`` are for people who ask why.
    """

    candidates: tuple[Candidate, ...]
    confidence: float
    decision: Decision
    threshold: float
    details: Mapping[str, Any] = field(default_factory=dict)
    none: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored phrasing that shares terms with a query: its entry and its distinct terms."""

    entry_id: str
    terms: frozenset[str]


class Index(Protocol):
    """Phrasings by term. Every phrasing is a set of terms made by ``terms.index_terms``."""

    def add(self, phrasings: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Store (entry id, terms) pairs; they are found by the next search."""

    def remove(self, entry_id: str) -> None:
        """Forget every phrasing of an entry."""

    def size(self) -> int:
        """Return the number of stored phrasings."""

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """Return in how many phrasings each term stands; unknown terms are left out."""

    def search(self, frequencies: Mapping[str, int], limit: int) -> list[Hit]:
        """Return up to ``limit`` phrasings that share the rarest of the terms."""


class Ranker(Protocol):
    """Finds the entry that a message asks for, and says how sure it is.

    Entries may be added, replaced and removed in one thread while others rank. Each change is made
    in one step, and every ranking that begins after the change has returned sees it; nothing is
    kept on disk: whoever stores edited entries adds them again when a process starts.
    """

    def rank(self, query: str, limit: int = 5) -> Ranking:
        """Return the best ``limit`` entries for ``query``, and the decision.

        A message without a single letter asks for none: no candidates, ``unknown``.
        """

    def add_entry(self, entry: Entry) -> None:
        """Add an entry, or replace the one with its id; it is found at once."""

    def replace_entry(self, entry: Entry) -> None:
        """Put ``entry`` in the place of the one with its id: what only that one had is gone.

        An id that is not there is added.
        """

    def remove_entry(self, entry_id: str) -> None:
        """Forget an entry, a built-in one too; an unknown id does nothing."""
