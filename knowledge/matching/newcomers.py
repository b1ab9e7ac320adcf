"""How far to trust nearness to an entry that the model was never trained on.

The built-in entries play the newcomer in turn: a model is fitted without a third of them, each of
these is then added with a few of its phrasings, as people add entries, and its other phrasings and
those of all others are looked up. What nearness was worth there is what it is worth later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from knowledge.matching import calibration
from knowledge.matching.evidence import FRESH_INPUTS, Witness
from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.model import Model
from knowledge.matching.nearest import NearestSearch
from knowledge.matching.port import NONE
from knowledge.text import Reading

GROUPS = 3
WAYS = (6, 16)
"""Phrasings, both languages together, that newcomers come with, in turn."""
OWN_EVERY = 3
OTHERS_EVERY = 8
"""One in so many messages is looked up, and those of others count as so many."""

Fit = Callable[[Sequence[Reading], Sequence[str]], Model]


@dataclass(slots=True)
class _Cases:
    rows: list[list[float]] = field(default_factory=lambda: [[0.0] * FRESH_INPUTS])
    truths: list[bool] = field(default_factory=lambda: [False])
    weights: list[float] = field(default_factory=lambda: [1.0])

    def add(self, witness: Witness, name: str, reading: Reading, own: bool) -> None:
        """Look a message up, and keep the case where it is near ``name`` at all."""
        evidence = witness.gather(reading)
        if name in evidence.nearest.similarity:
            self.rows.append(evidence.fresh_inputs(name))
            self.truths.append(own)
            self.weights.append(1.0 if own else float(OTHERS_EVERY))


def weigh(
    readings: Sequence[Reading], labels: Sequence[str], folds: Sequence[int], fit: Fit
) -> list[float]:
    """Return the calibration's weights for ``Evidence.fresh_inputs``.

    ``folds`` are the fold of each message, 0 to ``GROUPS`` - 1: those of a group's own fold are
    not in the model that its newcomers meet.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for at, label in enumerate(labels):
        places[label].append(at)
    names = sorted(set(places) - {NONE})
    cases = _Cases()
    for group in range(GROUPS):
        new = names[group::GROUPS]
        known = [i for i, label in enumerate(labels) if label not in new]
        inside = [i for i in known if folds[i] != group]
        if not new or not inside:
            continue
        model = fit([readings[i] for i in inside], [labels[i] for i in inside])
        others = [readings[i] for i in known if folds[i] == group][::OTHERS_EVERY]
        for turn, name in enumerate(new):
            own = [readings[i] for i in places[name]]
            _meet(cases, model, name, own, others, WAYS[turn % len(WAYS)])
    return calibration.fit(cases.rows, cases.truths, weights=cases.weights)


def _meet(
    cases: _Cases,
    model: Model,
    name: str,
    own: Sequence[Reading],
    others: Sequence[Reading],
    ways: int,
) -> None:
    """Add ``name`` with a few of its messages, and look up the rest and those of others."""
    chosen = set(Random(name).sample(range(len(own)), min(ways, len(own))))
    index = MemoryIndex(model.phrasings)
    index.add((name, own[at].tokens()) for at in sorted(chosen))
    witness = Witness(model.views, NearestSearch(index), model.phrasings)
    for at in range(0, len(own), OWN_EVERY):
        if at not in chosen:
            cases.add(witness, name, own[at], own=True)
    for reading in others:
        cases.add(witness, name, reading, own=False)
