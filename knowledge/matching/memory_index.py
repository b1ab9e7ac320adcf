"""The index of phrasings in memory: for a curated base, where it is ten times faster than SQL.

It prunes as the SQLite one does (rarest terms first, up to a budget of rows), so that both hand the
same phrasings to the scoring.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from knowledge.matching.port import Hit

ROW_BUDGET = 600
"""Rows that one search may touch through its rarest terms."""


class MemoryIndex:
    """An ``Index`` of plain dictionaries."""

    def __init__(self, row_budget: int = ROW_BUDGET) -> None:
        """Make an empty index."""
        self._row_budget = row_budget
        self._rows: dict[int, Hit] = {}
        self._rows_of_entry: dict[str, list[int]] = defaultdict(list)
        self._rows_of_term: dict[str, list[int]] = defaultdict(list)
        self._next = 0

    def add(self, phrasings: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Store (entry id, terms) pairs; they are found by the next search."""
        for entry_id, terms in phrasings:
            hit = Hit(entry_id, frozenset(terms))
            row, self._next = self._next, self._next + 1
            self._rows[row] = hit
            self._rows_of_entry[entry_id].append(row)
            for term in hit.terms:
                self._rows_of_term[term].append(row)

    def remove(self, entry_id: str) -> None:
        """Forget every phrasing of an entry."""
        for row in self._rows_of_entry.pop(entry_id, ()):
            for term in self._rows.pop(row).terms:
                self._rows_of_term[term].remove(row)

    def size(self) -> int:
        """Return the number of stored phrasings."""
        return len(self._rows)

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """Return in how many phrasings each term stands; unknown terms are left out."""
        rows = self._rows_of_term
        return {term: len(rows[term]) for term in terms if rows.get(term)}

    def search(self, frequencies: Mapping[str, int], limit: int) -> list[Hit]:
        """Return up to ``limit`` phrasings that share the rarest of the terms.

        Those that share the most, counted by rarity, come first.
        """
        shared: dict[int, float] = defaultdict(float)
        touched = 0
        for term in sorted(frequencies, key=lambda term: (frequencies[term], term)):
            touched += frequencies[term]
            if touched > self._row_budget and shared:
                break
            rarity = 1 / (1 + frequencies[term]) ** 0.5
            for row in self._rows_of_term[term]:
                shared[row] += rarity
        best = sorted(shared, key=lambda row: (-shared[row], row))[:limit]
        return [self._rows[row] for row in best]
