"""Multinomial logistic regression over sparse features, in plain Python and deterministic.

Messages are TF-IDF vectors of unit length. Training is stochastic gradient descent with one step
size per feature and class (AdaGrad: Duchi, Hazan and Singer, JMLR 12, 2011), in a fixed order and
with fixed chances.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from random import Random

from knowledge.matching.features import PAIR

EPOCHS = 8
STEP = 0.8
DROPPED = 0.6
"""Share of a message's features left out each time it is learned from, so that no wording is
relied upon alone (dropout training: Wager, Wang and Liang, NIPS 2013)."""
SMALLEST_ERROR = 0.01
"""Class errors below this are not propagated: they cost time and change nothing."""

Vector = list[tuple[int, float]]


@dataclass(slots=True)
class Vocabulary:
    """The features seen in training, each with its number and inverse document frequency."""

    numbers: dict[str, int]
    idf: Sequence[float]

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]], least: int = 1) -> Vocabulary:
        """Count the features of ``documents``, and keep those that ``least`` of them have.

        Loose pairs of words are kept only when two have them.
        """
        counts: Counter[str] = Counter()
        for document in documents:
            counts.update(dict.fromkeys(document).keys())  # a set has no fixed order
        names = [name for name, count in counts.items() if count >= (2 if PAIR in name else least)]
        total = len(documents)
        idf = [math.log((1 + total) / (1 + counts[name])) + 1 for name in names]
        return cls({name: number for number, name in enumerate(names)}, idf)

    def vector(self, document: Iterable[str]) -> Vector:
        """Return the unit TF-IDF vector of a document over the known features."""
        idf = self.idf
        counts = Counter(map(self.numbers.get, document))
        counts.pop(None, None)
        raw = [
            (number, idf[number] if count == 1 else (1 + math.log(count)) * idf[number])
            for number, count in counts.items()
            if number is not None
        ]
        length = math.sqrt(sum([value * value for _, value in raw])) or 1.0
        return [(number, value / length) for number, value in raw]


@dataclass(slots=True)
class Softmax:
    """Weights per feature (a row of one number per class) and the class biases.

    Weights and biases are in units of ``scale``, so that a stored model can keep small integers.
    """

    classes: tuple[str, ...]
    rows: Sequence[Sequence[float]]
    bias: list[float]
    scale: float = 1.0

    def scores(self, vector: Vector) -> list[float]:
        """Return the linear score of every class."""
        total = self.bias
        rows = self.rows
        for number, value in vector:
            total = [
                score + value * weight for score, weight in zip(total, rows[number], strict=False)
            ]
        return [score * self.scale for score in total]


def probabilities(scores: Sequence[float]) -> list[float]:
    """Return the softmax of ``scores``."""
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def train(
    vectors: Sequence[Vector],
    labels: Sequence[str],
    width: int,
    epochs: int = EPOCHS,
    step: float = STEP,
) -> Softmax:
    """Fit a softmax to ``vectors`` (over ``width`` features) and their ``labels``."""
    classes = tuple(sorted(set(labels)))
    number_of = {name: number for number, name in enumerate(classes)}
    targets = [number_of[label] for label in labels]
    count = len(classes)
    rows = [[0.0] * count for _ in range(width)]
    model = Softmax(classes, rows, [0.0] * count)
    squares = [[1e-3] * count for _ in range(width)]
    chance = Random(1)
    order = sorted(range(len(vectors)), key=_shuffled)
    for epoch in range(epochs):
        rate = step / (1 + 0.15 * epoch)
        for at in order:
            kept = [
                (number, value / (1 - DROPPED))
                for number, value in vectors[at]
                if chance.random() >= DROPPED
            ]
            _learn(model, rows, squares, kept, targets[at], rate)
    return model


def _learn(
    model: Softmax,
    rows: list[list[float]],
    squares: list[list[float]],
    vector: Vector,
    target: int,
    rate: float,
) -> None:
    errors = probabilities(model.scores(vector))
    errors[target] -= 1
    active = [(k, e) for k, e in enumerate(errors) if e > SMALLEST_ERROR or e < -SMALLEST_ERROR]
    for number, value in vector:
        row, seen = rows[number], squares[number]
        for k, error in active:
            slope = error * value
            seen[k] += slope * slope
            row[k] -= rate * slope / math.sqrt(seen[k])
    for k, error in active:
        model.bias[k] -= 0.02 * rate * error


def _shuffled(number: int) -> bytes:
    return blake2b(number.to_bytes(4, "big"), digest_size=8).digest()
