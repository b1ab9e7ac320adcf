"""The nearest stored phrasings of a message, by TF-IDF cosine over their terms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.matching.port import NONE, Hit, Index
from knowledge.matching.terms import FUNCTION_WORDS

HITS = 32
"""Phrasings of one search that are compared in full."""
CACHED = 100_000
RARE_SHARE = 0.01
"""A term can be of the matter, not of the way of asking, where at most this share of phrasings, or
``RARE_LEAST`` of them, have it."""
RARE_LEAST = 25


@dataclass(frozen=True, slots=True)
class Nearest:
    """The best cosine per entry id, and the share of the message's weight that no phrasing has.

    ``weights`` are the terms' shares of the message, which sum to 1;
    ``leaders`` are the two highest cosines of different entries, 0 where there are fewer;
    ``matter`` is the share of the message, per entry id, in rare terms that its nearest has too,
    and ``shared`` their number, common ones counted. ``covered`` is the share in terms that any of
    the entry's phrasings near the message has, and ``own`` the same with each term counted by how
    much of its use is the entry's. Words of any question count in none of these. ``phrasing`` are
    the terms of each entry's nearest.
    """

    similarity: Mapping[str, float]
    unknown: float
    weights: Mapping[str, float]
    leaders: tuple[float, float] = (0.0, 0.0)
    matter: Mapping[str, float] = field(default_factory=dict)
    shared: Mapping[str, int] = field(default_factory=dict)
    covered: Mapping[str, float] = field(default_factory=dict)
    own: Mapping[str, float] = field(default_factory=dict)
    phrasing: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """An entry's nearest phrasing, its cosine, the terms it shares, and how often any share."""

    hit: Hit
    similarity: float
    shared: frozenset[str]
    uses: Counter[str] = field(default_factory=Counter)


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
        hits = self._index.search(frequencies, HITS)
        nearest = self._compare(hits, squares, length, known)
        best = {name: found.similarity for name, found in nearest.items()}
        rare = max(known.size * RARE_SHARE, RARE_LEAST)
        shares = {term: square / length for term, square in squares.items()}
        content = {name: found.shared - FUNCTION_WORDS for name, found in nearest.items()}
        matter = {
            name: sum(shares[term] for term in shared if frequencies[term] <= rare)
            for name, shared in content.items()
        }
        covered = {
            name: sum(shares[term] for term in found.uses.keys() - FUNCTION_WORDS)
            for name, found in nearest.items()
        }
        own = {
            name: sum(
                shares[term] * count / frequencies[term]
                for term, count in found.uses.items()
                if term not in FUNCTION_WORDS
            )
            for name, found in nearest.items()
        }
        leaders = sorted((best[name] for name in best if name != NONE), reverse=True)[:2]
        leaders += [0.0] * (2 - len(leaders))
        return Nearest(
            best,
            unknown,
            shares,
            (leaders[0], leaders[1]),
            matter,
            {name: len(shared) for name, shared in content.items()},
            covered,
            own,
            {name: found.hit.terms for name, found in nearest.items()},
        )

    def forget(self) -> None:
        """Drop what was worked out: the index has changed, perhaps without changing its size."""
        self._known = _Known(-1)

    def _compare(
        self, hits: Sequence[Hit], squares: Mapping[str, float], length: float, known: _Known
    ) -> dict[str, _Found]:
        """Return of each entry what its phrasings among ``hits`` have of the message."""
        new = {
            term
            for hit in hits
            if hit.terms not in known.lengths
            for term in hit.terms
            if term not in known.squares
        }
        for term, count in self._index.frequencies(new).items():
            known.squares[term] = known.square(count)
        asked = frozenset(squares)
        best: dict[str, _Found] = {}
        for hit in hits:
            own = known.lengths.get(hit.terms)
            if own is None:
                own = sum(known.squares.get(term, 1.0) for term in hit.terms)
                known.lengths[hit.terms] = own
            shared = hit.terms & asked
            similarity = sum(map(squares.__getitem__, shared)) / math.sqrt(own * length)
            found = best.get(hit.entry_id)
            if found is None:
                found = best[hit.entry_id] = _Found(hit, similarity, shared)
            elif similarity > found.similarity:
                found.hit, found.similarity, found.shared = hit, similarity, shared
            found.uses.update(shared)
        return best

    def _current(self) -> _Known:
        size = self._index.size()
        if size != self._known.size or self._known.is_full():
            self._known = _Known(size)
        return self._known
