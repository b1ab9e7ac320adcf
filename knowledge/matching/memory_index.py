"""The index of phrasings in memory: for a curated base, where it is ten times faster than SQL.

It follows the same terms as the SQLite one (``pruning``), so that both hand the same phrasings to
the scoring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from knowledge.matching.phrasings import Phrasings
from knowledge.matching.port import Hit
from knowledge.matching.pruning import ROW_BUDGET, nearest_rows


class MemoryIndex:
    """An ``Index`` of plain dictionaries, over packed phrasings that are unpacked as they are met.

    Safe to search from several threads at once.
    """

    def __init__(self, packed: Phrasings | None = None) -> None:
        """Hold the ``packed`` phrasings, none when left out."""
        self._packed = packed if packed is not None else Phrasings.of(())
        self._hits: dict[int, Hit] = {}
        self._rows_of_term: dict[str, list[int]] = {}
        self._rows_of_entry: dict[str, list[int]] = {}
        # The same rows once more, of the terms that others are looked up in.
        self._sets_of_term: dict[str, frozenset[int]] = {}
        self._size = self._next = len(self._packed)

    def add(self, phrasings: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Store (entry id, terms) pairs; they are found by the next search."""
        for entry_id, terms in phrasings:
            hit = self._hits[self._next] = Hit(entry_id, frozenset(terms))
            for term in hit.terms:
                self._rows_of_term.setdefault(term, self._with_term(term)).append(self._next)
                self._sets_of_term.pop(term, None)
            self._of_entry(entry_id).append(self._next)
            self._next, self._size = self._next + 1, self._size + 1

    def remove(self, entry_id: str) -> None:
        """Forget every phrasing of an entry."""
        rows = self._of_entry(entry_id)
        for row in rows:
            for term in self._hit(row).terms:
                self._with_term(term).remove(row)
                self._sets_of_term.pop(term, None)
            del self._hits[row]
        self._size -= len(rows)
        self._rows_of_entry[entry_id] = []

    def size(self) -> int:
        """Return the number of stored phrasings."""
        return self._size

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """Return in how many phrasings each term stands; unknown terms are left out."""
        counts = [(term, len(self._with_term(term))) for term in terms]
        return {term: count for term, count in counts if count}

    def search(self, frequencies: Mapping[str, int], limit: int) -> list[Hit]:
        """Return up to ``limit`` phrasings that share the rarest of the terms, nearest first."""
        hits, unpacked = self._hits.get, self._hit
        rows = nearest_rows(frequencies, self._rows_with, limit)
        return [hits(row) or unpacked(row) for row in rows]

    def _rows_with(self, terms: Sequence[str]) -> Iterable[int]:
        rarest, *others = sorted(terms, key=lambda term: len(self._with_term(term)))
        rows = self._with_term(rarest)
        for term in others:
            among = self._set_with(term)
            rows = [row for row in rows if row in among]
        return rows[:ROW_BUDGET]

    def _set_with(self, term: str) -> frozenset[int]:
        rows = self._sets_of_term.get(term)
        if rows is None:
            rows = self._sets_of_term.setdefault(term, frozenset(self._with_term(term)))
        return rows

    def _hit(self, row: int) -> Hit:
        hit = self._hits.get(row)
        if hit is None:
            entry_id, terms = self._packed[row]
            hit = self._hits.setdefault(row, Hit(entry_id, frozenset(terms)))
        return hit

    def _with_term(self, term: str) -> list[int]:
        """Return the rows that have ``term``: the list that is kept where any has it."""
        rows = self._rows_of_term.get(term)
        if rows is None:
            rows = self._packed.rows_of_term(term)
            if rows:
                rows = self._rows_of_term.setdefault(term, rows)
        return rows

    def _of_entry(self, entry_id: str) -> list[int]:
        rows = self._rows_of_entry.get(entry_id)
        if rows is None:
            rows = self._packed.rows_of_entry(entry_id)
            rows = self._rows_of_entry.setdefault(entry_id, rows)
        return rows
