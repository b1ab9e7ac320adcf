"""The nearest stored phrasings of a message, by TF-IDF cosine over their terms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.matching.port import NONE, Hit, Index

HITS = 32
"""Phrasings of one search that are compared in full."""
CACHED = 100_000


@dataclass(frozen=True, slots=True)
class Nearest:
    """The best cosine per entry id, and the share of the message's weight that no phrasing has.

    ``weights`` are the terms' shares of the message, which sum to 1;
    ``leaders`` are the two highest cosines of different entries, 0 where there are fewer.
    """

    similarity: Mapping[str, float]
    unknown: float
    weights: Mapping[str, float]
    leaders: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was worked out for an index of one size: a term's weight squared, phrasings' lengths."""

    size: int
    squares: dict[str, float] = field(default_factory=dict)
    lengths: dict[frozenset[str], float] = field(default_factory=dict)

    def square(self, frequency: int) -> float:
        return (math.log((1 + self.size) / (1 + frequency)) + 1) ** 2

    def is_full(self) -> bool:
        return len(self.squares) + len(self.lengths) > CACHED


class NearestSearch:
    """Compares messages with an index; what it works out is kept until the index changes.

    Safe to use from several threads: each search keeps to the knowledge that it began with.
    """

    def __init__(self, index: Index) -> None:
        """Search ``index``."""
        self._index = index
        self._known = _Known(-1)

    def find(self, terms: Sequence[str]) -> Nearest:
        """Return how near each entry's nearest phrasing is to the distinct ``terms``."""
        known = self._current()
        frequencies = self._index.frequencies(terms)
        squares = {term: known.square(frequencies.get(term, 0)) for term in terms}
        length = sum(squares.values())
        if not length:
            return Nearest({}, 1.0, {})
        unknown = sum(squares[term] for term in terms if term not in frequencies) / length
        best = self._compare(self._index.search(frequencies, HITS), squares, length, known)
        leaders = sorted((best[name] for name in best if name != NONE), reverse=True)[:2]
        leaders += [0.0] * (2 - len(leaders))
        shares = {term: square / length for term, square in squares.items()}
        return Nearest(best, unknown, shares, (leaders[0], leaders[1]))

    def forget(self) -> None:
        """Drop what was worked out: the index has changed, perhaps without changing its size."""
        self._known = _Known(-1)

    def _compare(
        self, hits: Sequence[Hit], squares: Mapping[str, float], length: float, known: _Known
    ) -> dict[str, float]:
        new = {
            term
            for hit in hits
            if hit.terms not in known.lengths
            for term in hit.terms
            if term not in known.squares
        }
        for term, count in self._index.frequencies(new).items():
            known.squares[term] = known.square(count)
        asked = squares.keys()
        best: dict[str, float] = {}
        for hit in hits:
            own = known.lengths.get(hit.terms)
            if own is None:
                own = sum(known.squares.get(term, 1.0) for term in hit.terms)
                known.lengths[hit.terms] = own
            similarity = sum(squares[term] for term in hit.terms & asked) / math.sqrt(own * length)
            if similarity > best.get(hit.entry_id, 0.0):
                best[hit.entry_id] = similarity
        return best

    def _current(self) -> _Known:
        size = self._index.size()
        if size != self._known.size or self._known.is_full():
            self._known = _Known(size)
        return self._known
