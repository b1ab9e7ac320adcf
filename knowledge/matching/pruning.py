"""Which stored phrasings a search looks at: the same rule whatever keeps them.

A plain ``OR`` of a question's terms touches most of a large table, because half of the terms are
common. Here the rarest terms are followed first, until the rows that they lead to fill a budget.
Where the rarest are all common, only rows that have two or three of them at once are followed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

ROW_BUDGET = 600
"""Rows that one search may follow."""

RowsOf = Callable[[Sequence[str]], Iterable[int]]
"""Gives the numbers of the phrasings that have all the terms, at most the budget's number."""


def nearest_rows(
    frequencies: Mapping[str, int], rows_of: RowsOf, limit: int, budget: int = ROW_BUDGET
) -> list[int]:
    """Return up to ``limit`` row numbers that share the rarest of the terms, nearest first.

    ``frequencies`` says in how many phrasings each term stands. Nearness is the sum of the shared
    terms' rarity; rows that tie are in their order of insertion.
    """
    rarest = sorted(frequencies, key=lambda term: (frequencies[term], term))
    nearness: dict[int, float] = defaultdict(float)
    followed = 0
    for at, term in enumerate(rarest):
        followed += frequencies[term]
        if followed > budget:
            if len(nearness) < limit:
                _follow_common(rarest[at : at + 3], frequencies, rows_of, nearness)
            break
        rarity = _rarity(frequencies[term])
        for row in rows_of((term,)):
            nearness[row] += rarity
    rows = sorted(nearness)
    rows.sort(key=nearness.__getitem__, reverse=True)  # stable: ties stay in order
    return rows[:limit]


def _follow_common(
    terms: Sequence[str],
    frequencies: Mapping[str, int],
    rows_of: RowsOf,
    nearness: dict[int, float],
) -> None:
    """Add rows that have all of ``terms``, or failing those the first ones of them."""
    for count in range(len(terms), 0, -1):
        rarity = sum(_rarity(frequencies[term]) for term in terms[:count])
        before = len(nearness)
        for row in rows_of(terms[:count]):
            nearness[row] += rarity
        if len(nearness) > before:
            return


def _rarity(frequency: int) -> float:
    return 1 / math.sqrt(1 + frequency)
