"""What the scanner makes of the atoms: recognised phrases, quantities, and the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.understanding.lexicon import Tag

QuantityKind = Literal[
    "number",
    "scaled",
    "params",
    "bytes",
    "bits",
    "tokens",
    "examples",
    "steps",
    "time",
    "tokens_per_s",
    "examples_per_s",
    "steps_per_s",
    "step_s",
    "flops",
    "gpus",
    "nodes",
    "percent",
    "bandwidth",
]


@dataclass(slots=True)
class Quantity:
    """A number with what its unit says.

    ``value`` is in the base unit of the kind: parameters, bytes, bits, tokens, seconds, tokens a
    second, FLOPS, cards. ``scale`` is the bare suffix of a ``scaled`` number (``k``, ``m``,
    ``b``, ``t`` or ``亿``). ``per`` is ``gpu`` or ``total`` where a rate says so, ``unit`` the
    spelling of a memory unit, ``number`` what stood before the unit.
    """

    kind: QuantityKind
    value: float
    number: float = 0.0
    unit: str = ""
    scale: str = ""
    per: str = ""
    chinese: bool = False
    negative: bool = False


@dataclass(slots=True)
class Item:
    """A stretch of atoms: a phrase (``tags``), a quantity, a symbol or an unknown word.

    ``text`` is as written, ``word`` in lower case with at most one space between its parts.
    """

    start: int
    end: int
    text: str
    word: str
    tags: tuple[Tag, ...] = ()
    quantity: Quantity | None = None
    gap: bool = False
    slots: set[str] = field(default_factory=set)

    def has(self, slot: str, value: str | None = None) -> bool:
        """Whether a tag of ``slot`` (with ``value``) is on the item."""
        for name, said in self.tags:  # noqa: SIM110 - called often: a generator takes twice as long
            if name == slot and (value is None or said == value):
                return True
        return False

    def get(self, slot: str) -> str | None:
        """Return the value of the first tag of ``slot``."""
        for name, value in self.tags:
            if name == slot:
                return value
        return None

    def is_kind(self, *kinds: str) -> bool:
        """Whether the item is a quantity of one of ``kinds``."""
        return self.quantity is not None and self.quantity.kind in kinds

    @property
    def used(self) -> bool:
        """Whether some slot has taken the item."""
        return bool(self.slots)
