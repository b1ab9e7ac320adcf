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
class Nearness:
    """How near an entry is beyond its best cosine; words of any question count in nothing here.

    ``matter`` is the share of the message in rare terms that the nearest phrasing has too, and
    ``shared`` their number, common ones counted. ``covered`` is the share in terms that any of the
    entry's phrasings near the message has, and ``own`` the same with each term counted by how much
    of its use is the entry's.
    """

    matter: float = 0.0
    shared: int = 0
    covered: float = 0.0
    own: float = 0.0


@dataclass(frozen=True, slots=True)
class Nearest:
    """The best cosine per entry id, and the share of the message's weight that no phrasing has.

    ``weights`` are the terms' shares of the message, which sum to 1;
    ``leaders`` are the two highest cosines of different entries, 0 where there are fewer;
    ``phrasing`` are the terms of each entry's nearest. ``by_entry`` says more of an entry that has
    a cosine; most are never asked for, so that it may be worked out when it is looked up.
    """

    similarity: Mapping[str, float]
    unknown: float
    weights: Mapping[str, float]
    leaders: tuple[float, float] = (0.0, 0.0)
    phrasing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_entry: Mapping[str, Nearness] = field(default_factory=dict)

    def nearness(self, entry_id: str) -> Nearness:
        """Return how near an entry is, near by nothing where it has no cosine."""
        return self.by_entry[entry_id] if entry_id in self.similarity else Nearness()


@dataclass(slots=True)
class _Found:
    """An entry's nearest phrasing, its cosine, the terms it shares, and those that each shares."""

    hit: Hit
    similarity: float
    shared: frozenset[str]
    near: list[frozenset[str]]


@dataclass(slots=True)
class _Message:
    """The terms of a message: their shares of it, and in how many phrasings each stands."""

    shares: Mapping[str, float]
    frequencies: Mapping[str, int]
    rare: float

    def nearness(self, found: _Found) -> Nearness:
        shares, frequencies = self.shares, self.frequencies
        content = found.shared - FUNCTION_WORDS
        uses = Counter(term for shared in found.near for term in shared if _tells(term))
        return Nearness(
            sum(shares[term] for term in content if frequencies[term] <= self.rare),
            len(content),
            sum(shares[term] for term in uses),
            sum(shares[term] * count / frequencies[term] for term, count in uses.items()),
        )


def _tells(term: str) -> bool:
    return term not in FUNCTION_WORDS


class _ByEntry(dict[str, Nearness]):
    """The nearness of each entry that was found, worked out when it is looked up."""

    def __init__(self, message: _Message, found: Mapping[str, _Found]) -> None:
        super().__init__()
        self._message = message
        self._found = found

    def __missing__(self, entry_id: str) -> Nearness:
        nearness = self[entry_id] = self._message.nearness(self._found[entry_id])
        return nearness


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
        found = self._compare(hits, squares, length, known)
        best = {name: one.similarity for name, one in found.items()}
        leaders = sorted((best[name] for name in best if name != NONE), reverse=True)[:2]
        leaders += [0.0] * (2 - len(leaders))
        shares = {term: square / length for term, square in squares.items()}
        rare = max(known.size * RARE_SHARE, RARE_LEAST)
        return Nearest(
            best,
            unknown,
            shares,
            (leaders[0], leaders[1]),
            {name: one.hit.terms for name, one in found.items()},
            _ByEntry(_Message(shares, frequencies, rare), found),
        )

    def forget(self) -> None:
        """Drop what was worked out: the index has changed, perhaps without changing its size."""
        self._known = _Known(-1)

    def _compare(
        self, hits: Sequence[Hit], squares: Mapping[str, float], length: float, known: _Known
    ) -> dict[str, _Found]:
        """Return of each entry what its phrasings among ``hits`` have of the message."""
        lengths, asked, square_of = known.lengths, frozenset(squares), squares.__getitem__
        if new := [hit.terms for hit in hits if hit.terms not in lengths]:
            self._measure(new, known)
        best: dict[str, _Found] = {}
        for hit in hits:
            shared = hit.terms & asked
            similarity = sum(map(square_of, shared)) / math.sqrt(lengths[hit.terms] * length)
            found = best.get(hit.entry_id)
            if found is None:
                best[hit.entry_id] = _Found(hit, similarity, shared, [shared])
                continue
            found.near.append(shared)
            if similarity > found.similarity:
                found.hit, found.similarity, found.shared = hit, similarity, shared
        return best

    def _measure(self, phrasings: Sequence[frozenset[str]], known: _Known) -> None:
        """Work out the lengths of phrasings, from the weights of their terms."""
        new = {term for terms in phrasings for term in terms if term not in known.squares}
        for term, count in self._index.frequencies(new).items():
            known.squares[term] = known.square(count)
        for terms in phrasings:
            known.lengths[terms] = sum([known.squares.get(term, 1.0) for term in terms])

    def _current(self) -> _Known:
        size = self._index.size()
        if size != self._known.size or self._known.is_full():
            self._known = _Known(size)
        return self._known
