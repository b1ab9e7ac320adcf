"""Words that change an amount by a factor: ``twice``, ``half``, ``three times``, ``四倍``."""

from __future__ import annotations

from functools import cache

from bot.understanding.items import Item
from bot.understanding.lexicon import glue

_LISTS = {"doubling": 2.0, "halving": 0.5, "tripling": 3.0, "quadrupling": 4.0, "quartering": 0.25}


@cache
def _factors() -> dict[str, float]:
    return {word: factor for name, factor in _LISTS.items() for word in glue(name)}


def factor_of(item: Item) -> float | None:
    """Return the factor that an item stands for, None for any other word."""
    return _factors().get(item.word)
