"""How far to trust nearness to an entry that the model was never trained on.

Invented entries (``newcomers.toml``) play the newcomer in turn. Each is added with a few ways of
asking, as people add entries, and looked up by other wordings. What the newcomers that are not
there are asked by, and what the base was not trained on, must not find those that are. What
nearness was worth there is what it is worth later.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from knowledge.matching import calibration
from knowledge.matching.evidence import FRESH_INPUTS, Witness
from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.model import Model
from knowledge.matching.nearest import NearestSearch
from knowledge.matching.terms import index_terms
from knowledge.text import Reading, read

GROUPS = 3
"""One newcomer in so many is there at a time."""
BASE_EVERY = 4
"""One message of the base in so many is looked up."""
OWN_COUNTS = 3.0
"""A wording of a newcomer that is there counts as so many: the others are many more."""
_MARK = "+"
"""Set before a newcomer's id, which a base may have too."""


class Newcomer(BaseModel):
    """An invented entry: the ways that it is added with, and other wordings that ask for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    ways: tuple[str, ...]
    others: tuple[str, ...]


@cache
def load_newcomers() -> tuple[Newcomer, ...]:
    """Return the packaged newcomers, in file order."""
    text = (files("knowledge.matching") / "newcomers.toml").read_text(encoding="utf-8")
    return tuple(map(Newcomer.model_validate, tomllib.loads(text)["newcomer"]))


@dataclass(slots=True)
class _Cases:
    rows: list[list[float]] = field(default_factory=lambda: [[0.0] * FRESH_INPUTS])
    truths: list[bool] = field(default_factory=lambda: [False])
    weights: list[float] = field(default_factory=lambda: [1.0])

    def add(
        self, witness: Witness, present: Iterable[str], reading: Reading, own: str = ""
    ) -> None:
        """Look a message up: a case for each newcomer ``present`` that it is near at all."""
        evidence = witness.gather(reading)
        for name in present:
            if evidence.nearest.nearness(name).matter:
                self.rows.append(evidence.fresh_inputs(name))
                self.truths.append(name == own)
                self.weights.append(OWN_COUNTS if name == own else 1.0)


def weigh(
    met: Iterable[tuple[Model, Sequence[Reading]]], newcomers: Sequence[Newcomer]
) -> list[float]:
    """Return the calibration's weights for ``Evidence.fresh_inputs``.

    ``met`` are models that newcomers meet, each with messages that it was not trained on.
    """
    cases = _Cases()
    for turn, (model, unseen) in enumerate(met):
        there = {_MARK + one.id: one for one in newcomers[turn % GROUPS :: GROUPS]}
        index = MemoryIndex(model.phrasings)
        for name, one in there.items():
            index.add((name, index_terms(read(way))) for way in one.ways)
        witness = Witness(model.views, NearestSearch(index), model.phrasings)
        for one in newcomers:
            own = _MARK + one.id
            texts = one.others if own in there else (*one.others, *one.ways)
            for text in texts:
                cases.add(witness, there, read(text), own)
        for reading in unseen[::BASE_EVERY]:
            cases.add(witness, there, reading)
    return calibration.fit(cases.rows, cases.truths, weights=cases.weights)
