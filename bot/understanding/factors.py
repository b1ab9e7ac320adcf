"""Words that change an amount by a factor: ``twice``, ``half``, ``three times``, ``四倍``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bot.understanding.items import Item
from bot.understanding.lexicon import glue

_LISTS = {
    "doubling": 2.0,
    "halving": 0.5,
    "tripling": 3.0,
    "quadrupling": 4.0,
    "quartering": 0.25,
    "thirding": 1 / 3,
}


@cache
def _factors() -> dict[str, float]:
    return {word: factor for name, factor in _LISTS.items() for word in glue(name)}


def factor_of(item: Item) -> float | None:
    """Return the factor that an item stands for, None for any other word."""
    return _factors().get(item.word)


_TIMES = frozenset(["times", "倍"])


def factor_at(items: Sequence[Item], index: int) -> float | None:
    """Return the factor that begins at ``index``: ``half``, or the 8 of ``8 times the tokens``."""
    item = items[index]
    factor = factor_of(item)
    if factor is not None or item.quantity is None or not item.is_kind("number"):
        return factor
    after = items[index + 1].word if index + 1 < len(items) else ""
    return item.quantity.value if after in _TIMES and item.quantity.value > 0 else None
