"""Two views of a message, each with its own softmax; their opinions are averaged.

One view is of words and glossary terms, the other of characters alone. They err on different
messages, and the average (of the logarithms) errs less than either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.matching import softmax
from knowledge.matching.features import character_features, reading_features
from knowledge.matching.softmax import Softmax, Vocabulary
from knowledge.text import Reading

FEATURES: Mapping[str, Callable[[Reading], list[str]]] = {
    "words": reading_features,
    "characters": character_features,
}
_LEAST = {"words": 3, "characters": 4}
_SMALLEST = 1e-6


@dataclass(slots=True)
class View:
    """One view: its name in ``FEATURES``, and what was learned from it."""

    name: str
    vocabulary: Vocabulary
    softmax: Softmax

    def chances(self, reading: Reading) -> list[float]:
        """Return the probability of every class."""
        return softmax.probabilities(self.scores(FEATURES[self.name](reading)))

    def scores(self, document: Sequence[str]) -> list[float]:
        """Return the linear score of every class for the features of a message."""
        return self.softmax.scores(self.vocabulary.vector(document))


def learn(
    name: str, readings: Sequence[Reading], labels: Sequence[str], known: int | None = None
) -> View:
    """Train the view ``name``; its vocabulary is that of the first ``known`` readings."""
    documents = [FEATURES[name](reading) for reading in readings]
    vocabulary = Vocabulary.of(documents[:known], _LEAST[name])
    vectors = [vocabulary.vector(document) for document in documents]
    return View(name, vocabulary, softmax.train(vectors, labels, len(vocabulary.idf)))


def joint_chances(views: Sequence[View], reading: Reading) -> dict[str, float]:
    """Return the probability of every class by all views together."""
    opinions = [[chance + _SMALLEST for chance in view.chances(reading)] for view in views]
    share = 1 / len(opinions)
    joint = [math.prod(chances) ** share for chances in zip(*opinions, strict=True)]
    total = sum(joint)
    classes = views[0].softmax.classes
    return {name: chance / total for name, chance in zip(classes, joint, strict=True)}
