"""Which stored phrasings a search looks at: the same rule whatever keeps them.

A plain ``OR`` of a question's terms touches most of a large table, because half of the terms are
common. Here the rarest terms are followed first, until the rows that they lead to fill a budget; of
the next ones only rows that have the rarest term too. Where that finds too little, rows that have
two of the common terms at once are followed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

ROW_BUDGET = 600
"""Rows that one search may follow through rare terms, and at most for each pair of common ones."""
COMMON_TERMS = 4
"""How many of the terms above the budget are looked at."""

RowsOf = Callable[[Sequence[str]], Iterable[int]]
"""Gives the numbers of the phrasings that have all the terms, at most the budget's number."""


def nearest_rows(
    frequencies: Mapping[str, int], rows_of: RowsOf, limit: int, budget: int = ROW_BUDGET
) -> list[int]:
    """Return up to ``limit`` row numbers that share the rarest of the terms, nearest first.

    ``frequencies`` says in how many phrasings each term stands. Nearness is the sum of the shared
    terms' rarity; rows that tie are in their order of insertion.
    """
    rarest = sorted([(count, term) for term, count in frequencies.items()])
    nearness: dict[int, float] = {}

    def follow(*terms: str, worth: float) -> None:
        if nearness:
            near = nearness.get
            for row in rows_of(terms):
                nearness[row] = near(row, 0.0) + worth
        else:
            nearness.update(dict.fromkeys(rows_of(terms), worth))

    followed = at = 0
    for count, term in rarest:
        followed += count
        if followed > budget:
            break
        follow(term, worth=_rarity(count))
        at += 1
    common = rarest[at : at + COMMON_TERMS]
    if at:
        for count, term in common:  # breaks the ties among the rows of the rarest term
            follow(rarest[0][1], term, worth=_rarity(count))
    if len(nearness) < limit and common:
        fewest, first = common[0]
        for count, term in common[1:]:
            follow(first, term, worth=_rarity(fewest) + _rarity(count))
        if len(nearness) < limit:
            follow(first, worth=_rarity(fewest))
    if len(nearness) > limit:
        least = sorted(nearness.values(), reverse=True)[limit - 1]
        rows = sorted([row for row, near in nearness.items() if near >= least])
    else:
        rows = sorted(nearness)
    rows.sort(key=nearness.__getitem__, reverse=True)  # stable: ties stay in order
    return rows[:limit]


def _rarity(count: int) -> float:
    return 1 / math.sqrt(1 + count)
