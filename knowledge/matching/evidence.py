"""What speaks for each entry: the model's view of the whole message, and the nearest phrasing."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from knowledge.matching.nearest import Nearest, NearestSearch
from knowledge.matching.phrasings import Phrasings
from knowledge.matching.port import NONE
from knowledge.matching.terms import index_terms
from knowledge.matching.views import View, joint_chances
from knowledge.text import Reading

MAX_TERMS = 200
SIMILARITY_WEIGHT = 1.0
"""How much a cosine of one adds to the logarithm of the model's probability."""
FRESH_INPUTS = 12
"""The number of ``Evidence.fresh_inputs``."""


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
            math.log(1 + self.length),
            min(self.anchors, 3) / 3,
        ]

    def fresh_inputs(self, entry_id: str) -> list[float]:
        """Return the calibration's inputs for an entry that the model has not been trained on."""
        similar = self.nearest.similarity
        own, none = similar.get(entry_id, 0.0), similar.get(NONE, 0.0)
        leaders, nearness = self.nearest.leaders, self.nearest.nearness(entry_id)
        rival = leaders[1] if own == leaders[0] else leaders[0]
        likeliest = max((c for name, c in self.chances.items() if name != entry_id), default=0.0)
        return [
            own,
            rival,
            none,
            own - max(rival, none),
            self.nearest.unknown,
            math.log(1 + self.length),
            math.log(likeliest + 1e-4),
            nearness.matter,
            math.log(1 + nearness.shared),
            nearness.covered,
            math.log(self.none + 1e-4),
            nearness.own,
        ]


@dataclass(slots=True)
class Witness:
    """What evidence is taken from: the views, the search, and the terms of each trained entry."""

    views: Sequence[View]
    search: NearestSearch
    phrasings: Phrasings

    def gather(self, reading: Reading, present: Container[str] | None = None) -> Evidence:
        """Return the evidence for a message.

        What the model gives to trained entries that are not ``present`` (None: all are) counts as
        the chance of no entry: a withdrawn entry's questions have no answer.
        """
        terms = list(dict.fromkeys(index_terms(reading)))[:MAX_TERMS]
        nearest = self.search.find(terms)
        chances = joint_chances(self.views, reading)
        none = chances.pop(NONE, 0.0)
        if present is not None:
            for name in [name for name in chances if name not in present]:
                none += chances.pop(name)
        similar = nearest.similarity
        merit = {
            name: math.log(chance + 1e-6) + SIMILARITY_WEIGHT * similar.get(name, 0.0)
            for name, chance in chances.items()
        }
        order = tuple(sorted(merit, key=lambda name: (-merit[name], name)))
        words = self.phrasings.words(order[0]) if order else frozenset()
        foreign = sum(weight for term, weight in nearest.weights.items() if term not in words)
        return Evidence(order, chances, none, nearest, foreign, len(terms), len(reading.terms))


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(chance / (1 - chance))
