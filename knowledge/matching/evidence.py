"""What speaks for each entry: the model's view of the whole message, and the nearest phrasing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.matching.features import reading_features
from knowledge.matching.port import NONE, Index
from knowledge.matching.softmax import Softmax, Vocabulary, probabilities
from knowledge.text import Reading

MAX_TERMS = 200
HITS = 40
SIMILARITY_WEIGHT = 3.0
"""How much a cosine of one adds to the logarithm of the model's probability."""


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
class Evidence:
    """Everything known about one message before the final probability.

    ``chances`` are the model's probabilities by entry id, ``none`` that of no entry;
    ``order`` the trained ids, best first by chance and similarity together; ``foreign`` is the
    share of the message that no phrasing of the first of them has.
    """

    order: tuple[str, ...]
    chances: Mapping[str, float]
    none: float
    nearest: Nearest
    foreign: float
    length: int
    anchors: int

    def trained_inputs(self) -> list[float]:
        """Return the calibration's inputs for the best trained entry."""
        best = self.order[0]
        second = self.order[1] if len(self.order) > 1 else best
        chance = self.chances[best]
        similar = self.nearest.similarity
        return [
            _log_odds(chance),
            math.log(chance + 1e-4) - math.log(self.none + 1e-4),
            math.log(chance + 1e-4) - math.log(self.chances[second] + 1e-4),
            similar.get(best, 0.0),
            similar.get(NONE, 0.0),
            self.nearest.unknown,
            self.foreign,
            1 / (1 + self.length),
            min(self.anchors, 3) / 3,
        ]

    def fresh_inputs(self, entry_id: str) -> list[float]:
        """Return the calibration's inputs for an entry that the model has not been trained on."""
        similar = self.nearest.similarity
        own = similar.get(entry_id, 0.0)
        leaders = self.nearest.leaders
        return [
            own,
            leaders[1] if own == leaders[0] else leaders[0],
            similar.get(NONE, 0.0),
            self.nearest.unknown,
            1 / (1 + self.length),
        ]


@dataclass(slots=True)
class Witness:
    """What evidence is taken from: the model, the index, and the terms of each trained entry."""

    vocabulary: Vocabulary
    softmax: Softmax
    index: Index
    words: Mapping[str, frozenset[str]]

    def gather(self, reading: Reading) -> Evidence:
        """Return the evidence for a message."""
        terms = list(dict.fromkeys(reading.tokens()))[:MAX_TERMS]
        nearest = find_nearest(terms, self.index)
        vector = self.vocabulary.vector(reading_features(reading))
        chance_of = probabilities(self.softmax.scores(vector))
        chances = dict(zip(self.softmax.classes, chance_of, strict=True))
        none = chances.pop(NONE, 0.0)
        similar = nearest.similarity
        merit = {
            name: math.log(chance + 1e-6) + SIMILARITY_WEIGHT * similar.get(name, 0.0)
            for name, chance in chances.items()
        }
        order = tuple(sorted(merit, key=lambda name: (-merit[name], name)))
        words = self.words.get(order[0], frozenset())
        foreign = sum(weight for term, weight in nearest.weights.items() if term not in words)
        return Evidence(order, chances, none, nearest, foreign, len(terms), len(reading.terms))


def words_by_entry(phrasings: Iterable[tuple[str, Sequence[str]]]) -> dict[str, frozenset[str]]:
    """Return every term that the phrasings of each entry have."""
    words: dict[str, set[str]] = defaultdict(set)
    for entry_id, terms in phrasings:
        words[entry_id].update(terms)
    return {entry_id: frozenset(terms) for entry_id, terms in words.items()}


def find_nearest(terms: Sequence[str], index: Index) -> Nearest:
    """Return how near each entry's nearest phrasing is to the terms, by TF-IDF cosine."""
    frequencies = index.frequencies(terms)
    total = index.size()
    weights = {term: _idf(frequencies.get(term, 0), total) for term in terms}
    length = sum(weight * weight for weight in weights.values())
    if not length:
        return Nearest({}, 1.0, {})
    shares = {term: weight * weight / length for term, weight in weights.items()}
    unknown = sum(share for term, share in shares.items() if term not in frequencies)
    hits = index.search(frequencies, HITS)
    known = index.frequencies({term for hit in hits for term in hit.terms})
    squares = {term: _idf(count, total) ** 2 for term, count in known.items()}
    best: dict[str, float] = {}
    for hit in hits:
        shared = sum(squares[term] for term in hit.terms if term in weights)
        own = sum(squares[term] for term in hit.terms)
        similarity = shared / math.sqrt(own * length)
        if similarity > best.get(hit.entry_id, 0.0):
            best[hit.entry_id] = similarity
    leaders = sorted((best[name] for name in best if name != NONE), reverse=True)[:2]
    leaders += [0.0] * (2 - len(leaders))
    return Nearest(best, unknown, shares, (leaders[0], leaders[1]))


def _idf(frequency: int, total: int) -> float:
    return math.log((1 + total) / (1 + frequency)) + 1


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(chance / (1 - chance))
