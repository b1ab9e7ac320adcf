"""Trains a model from messages and the entries they ask for; plain Python, always the same result.

The softmax learns from all examples. How far to trust it is learned from the predictions that it
makes when a block of phrasings is held out: blocks are consecutive phrasings of one entry, so that
near-copies written one after the other do not stand on both sides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from knowledge.matching import calibration, newcomers
from knowledge.matching.evidence import Witness
from knowledge.matching.frames import frames
from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.model import Example, Model
from knowledge.matching.nearest import NearestSearch
from knowledge.matching.phrasings import Phrasings
from knowledge.matching.port import NONE
from knowledge.matching.terms import index_terms
from knowledge.matching.views import FEATURES, learn
from knowledge.text import Reading, read

FOLDS = 3
THRESHOLD = 0.6


def train(
    examples: Sequence[Example],
    fingerprint: str = "",
    held_out: Sequence[Example] = (),
) -> Model:
    """Return the model trained from ``examples``.

    Its probabilities are calibrated on ``held_out``, or where that is empty by cross-validation.
    """
    readings = [read(example.text) for example in examples]
    labels = [example.entry_id for example in examples]
    model = _fit(readings, labels)
    if held_out:
        judged = [(model, [(read(example.text), example.entry_id) for example in held_out])]
    else:
        judged = _cross_fit(readings, labels)
    predictions = _Predictions()
    for part, unseen in judged:
        predictions.add(part, unseen)
    met = [(part, [reading for reading, _ in unseen]) for part, unseen in judged]
    model.trained = calibration.fit(predictions.rows, predictions.truths)
    model.fresh = newcomers.weigh(met, newcomers.load_newcomers())
    model.fingerprint = fingerprint
    return model


def _cross_fit(
    readings: Sequence[Reading], labels: Sequence[str]
) -> list[tuple[Model, list[tuple[Reading, str]]]]:
    """Return for each fold the model without it, and the messages of the fold."""
    folds = assign_folds(labels)
    judged = []
    for fold in range(FOLDS):
        inside = [i for i, at in enumerate(folds) if at != fold]
        part = _fit([readings[i] for i in inside], [labels[i] for i in inside])
        outside = [i for i, at in enumerate(folds) if at == fold]
        judged.append((part, [(readings[i], labels[i]) for i in outside]))
    return judged


@dataclass(slots=True)
class _Predictions:
    """What models said about messages that they had not seen, and whether it was right."""

    rows: list[list[float]] = field(default_factory=list)
    truths: list[bool] = field(default_factory=list)

    def add(self, model: Model, unseen: Sequence[tuple[Reading, str]]) -> None:
        search = NearestSearch(build_index(model.phrasings))
        witness = Witness(model.views, search, model.phrasings)
        for reading, label in unseen:
            evidence = witness.gather(reading)
            if not evidence.order:
                continue  # a fold of a tiny base may know no entry at all
            self.rows.append(evidence.trained_inputs())
            self.truths.append(evidence.order[0] == label)


def build_index(phrasings: Phrasings) -> MemoryIndex:
    """Return an index in memory that holds ``phrasings``."""
    return MemoryIndex(phrasings)


def assign_folds(labels: Sequence[str]) -> list[int]:
    """Return the fold of each example: consecutive blocks within each label."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, label in enumerate(labels):
        places[label].append(at)
    folds = [0] * len(labels)
    for where in places.values():
        for rank, at in enumerate(where):
            folds[at] = rank * min(FOLDS * 4, len(where)) // len(where) % FOLDS
    return folds


def hash_of(examples: Sequence[Example]) -> str:
    """Return the fingerprint of ``examples``."""
    digest = sha256()
    for example in examples:
        digest.update(f"{example.entry_id}\0{example.text}\0".encode())
    return digest.hexdigest()


def _fit(readings: Sequence[Reading], labels: Sequence[str]) -> Model:
    empty = [read(frame) for frame in frames(readings, labels)]
    taught, answers = [*readings, *empty], [*labels, *[NONE] * len(empty)]
    views = [learn(name, taught, answers, known=len(readings)) for name in FEATURES]
    phrasings = Phrasings.of(
        (label, index_terms(reading)) for label, reading in zip(labels, readings, strict=True)
    )
    return Model(views, [], [], THRESHOLD, phrasings, "")
