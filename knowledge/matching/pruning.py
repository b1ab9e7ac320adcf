"""Which stored phrasings a search looks at: the same rule whatever keeps them.

A plain ``OR`` of a question's terms touches most of a large table, because half of the terms are
common. Here the rarest terms are followed first, until the rows that they lead to fill a budget; of
the next ones only rows that have the rarest term too. Where that finds too little, rows that have
two of the common terms at once are followed.
"""

from __future__ import annotations

import math
from collections import defaultdict
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
    rarest = sorted(frequencies, key=lambda term: (frequencies[term], term))
    rarity = {term: 1 / math.sqrt(1 + frequencies[term]) for term in rarest}
    nearness: dict[int, float] = defaultdict(float)

    def follow(*terms: str, worth: float) -> None:
        for row in rows_of(terms):
            nearness[row] += worth

    followed = count = 0
    while count < len(rarest) and followed + frequencies[rarest[count]] <= budget:
        followed += frequencies[rarest[count]]
        follow(rarest[count], worth=rarity[rarest[count]])
        count += 1
    common = rarest[count : count + COMMON_TERMS]
    if count:
        for term in common:  # breaks the ties among the rows of the rarest term
            follow(rarest[0], term, worth=rarity[term])
    if len(nearness) < limit and common:
        for term in common[1:]:
            follow(common[0], term, worth=rarity[common[0]] + rarity[term])
    if len(nearness) < limit and common:
        follow(common[0], worth=rarity[common[0]])
    if len(nearness) > limit:
        least = sorted(nearness.values(), reverse=True)[limit - 1]
        rows = sorted([row for row, near in nearness.items() if near >= least])
    else:
        rows = sorted(nearness)
    rows.sort(key=nearness.__getitem__, reverse=True)  # stable: ties stay in order
    return rows[:limit]
