"""Trains a model from messages and the entries they ask for; plain Python, always the same result.

The softmax learns from all examples. How far to trust it is learned from the predictions that it
makes when a block of phrasings is held out: blocks are consecutive phrasings of one entry, so that
near-copies written one after the other do not stand on both sides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from knowledge.matching import calibration, softmax
from knowledge.matching.evidence import Evidence, Witness, words_by_entry
from knowledge.matching.features import reading_features
from knowledge.matching.frames import frames
from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.model import Example, Model
from knowledge.matching.nearest import NearestSearch
from knowledge.matching.port import NONE
from knowledge.text import Reading, read

FOLDS = 3
THRESHOLD = 0.7


def train(examples: Sequence[Example], fingerprint: str = "") -> Model:
    """Return the model trained from ``examples``."""
    readings = [read(example.text) for example in examples]
    labels = [example.entry_id for example in examples]
    trained_rows: list[list[float]] = []
    trained_truths: list[bool] = []
    fresh_rows: list[list[float]] = []
    fresh_truths: list[bool] = []
    folds = assign_folds(labels)
    for fold in range(FOLDS):
        inside = [i for i, at in enumerate(folds) if at != fold]
        held_out = [i for i, at in enumerate(folds) if at == fold]
        part = _fit([readings[i] for i in inside], [labels[i] for i in inside])
        search = NearestSearch(build_index(part.phrasings))
        words = words_by_entry(part.phrasings)
        witness = Witness(part.vocabulary, part.softmax, search, words)
        for i in held_out:
            evidence = witness.gather(readings[i])
            trained_rows.append(evidence.trained_inputs())
            trained_truths.append(evidence.order[0] == labels[i])
            name = _nearest_entry(evidence)
            if name is not None:
                fresh_rows.append(evidence.fresh_inputs(name))
                fresh_truths.append(name == labels[i])
    model = _fit(readings, labels)
    model.trained = calibration.fit(trained_rows, trained_truths)
    model.fresh = calibration.fit(fresh_rows, fresh_truths)
    model.fingerprint = fingerprint
    return model


def build_index(phrasings: Sequence[tuple[str, Sequence[str]]]) -> MemoryIndex:
    """Return an index in memory that holds ``phrasings``."""
    index = MemoryIndex()
    index.add(phrasings)
    return index


def assign_folds(labels: Sequence[str]) -> list[int]:
    """Return the fold of each example: consecutive blocks within each label."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, label in enumerate(labels):
        places[label].append(at)
    folds = [0] * len(labels)
    for where in places.values():
        for rank, at in enumerate(where):
            folds[at] = rank * FOLDS * 4 // len(where) % FOLDS
    return folds


def hash_of(examples: Sequence[Example]) -> str:
    """Return the fingerprint of ``examples``."""
    digest = sha256()
    for example in examples:
        digest.update(f"{example.entry_id}\0{example.text}\0".encode())
    return digest.hexdigest()


def _fit(readings: Sequence[Reading], labels: Sequence[str]) -> Model:
    documents = [reading_features(reading) for reading in readings]
    vocabulary = softmax.Vocabulary.of(documents)
    empty = [reading_features(read(frame)) for frame in frames(readings, labels)]
    vectors = [vocabulary.vector(document) for document in [*documents, *empty]]
    weights = softmax.train(vectors, [*labels, *[NONE] * len(empty)], len(vocabulary.idf))
    phrasings = [
        (label, list(dict.fromkeys(reading.tokens())))
        for label, reading in zip(labels, readings, strict=True)
    ]
    return Model(vocabulary, weights, [], [], THRESHOLD, phrasings, "")


def _nearest_entry(evidence: Evidence) -> str | None:
    similar = {name: s for name, s in evidence.nearest.similarity.items() if name != NONE}
    return max(similar, key=lambda name: (similar[name], name), default=None)
