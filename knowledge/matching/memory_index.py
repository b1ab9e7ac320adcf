"""The index of phrasings in memory: for a curated base, where it is ten times faster than SQL.

It follows the same terms as the SQLite one (``pruning``), so that both hand the same phrasings to
the scoring.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from knowledge.matching.port import Hit
from knowledge.matching.pruning import ROW_BUDGET, nearest_rows


class MemoryIndex:
    """An ``Index`` of plain dictionaries."""

    def __init__(self) -> None:
        """Make an empty index."""
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
        """Return up to ``limit`` phrasings that share the rarest of the terms, nearest first."""
        return [self._rows[row] for row in nearest_rows(frequencies, self._rows_with, limit)]

    def _rows_with(self, terms: Sequence[str]) -> Iterable[int]:
        shortest, *others = sorted(terms, key=lambda term: len(self._rows_of_term[term]))
        rows = self._rows_of_term[shortest]
        if others:
            rows = [row for row in rows if self._rows[row].terms.issuperset(others)]
        return rows[:ROW_BUDGET]
