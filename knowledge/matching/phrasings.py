"""The phrasings of a model, packed into arrays: of thousands a question looks at a few dozen.

A cold command must not unpack what it will never look at, so each phrasing and each term's list
of phrasings is cut out when it is asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from knowledge.matching.packing import (
    numbers_from_bytes,
    numbers_to_bytes,
    words_from_bytes,
    words_to_bytes,
)

_KIND = "I"
_TEXTS = 2


class Phrasings(Sequence[tuple[str, list[str]]]):
    """(Entry id, distinct terms) pairs in order, with the rows of each term.

    ``arrays`` are the number of each row's entry; where its terms begin, and where the last ones
    end; the numbers of all its terms; where each term's rows begin, and where the last ones end;
    and those rows, ascending.
    """

    def __init__(
        self, entries: Sequence[str], terms: Sequence[str], arrays: Sequence[array[int]]
    ) -> None:
        self._entries = entries
        self._terms = terms
        self._arrays = arrays
        self._entry_of, self._starts, self._flat, self._row_starts, self._rows = arrays
        self._words: dict[str, frozenset[str]] = {}
        self._number_of = dict(zip(terms, range(len(terms)), strict=True))

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, Sequence[str]]]) -> Phrasings:
        """Pack (entry id, terms) pairs."""
        entries: dict[str, int] = {}
        numbers: dict[str, int] = {}
        rows_of: list[list[int]] = []
        entry_of, starts, flat = array(_KIND), array(_KIND, [0]), array(_KIND)
        for row, (entry_id, terms) in enumerate(pairs):
            entry_of.append(entries.setdefault(entry_id, len(entries)))
            for term in dict.fromkeys(terms):
                number = numbers.setdefault(term, len(numbers))
                if number == len(rows_of):
                    rows_of.append([])
                rows_of[number].append(row)
                flat.append(number)
            starts.append(len(flat))
        row_starts = array(_KIND, accumulate(map(len, rows_of), initial=0))
        rows = array(_KIND, (row for rows in rows_of for row in rows))
        return cls(list(entries), list(numbers), (entry_of, starts, flat, row_starts, rows))

    def __len__(self) -> int:
        return len(self._entry_of)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self[at] for at in range(*row.indices(len(self)))]
        if row < 0:
            row += len(self)
        numbers = self._flat[self._starts[row] : self._starts[row + 1]]
        return self._entries[self._entry_of[row]], [self._terms[number] for number in numbers]

    def rows_of_term(self, term: str) -> list[int]:
        """Return the rows that have ``term``, ascending."""
        number = self._number_of.get(term)
        if number is None:
            return []
        return self._rows[self._row_starts[number] : self._row_starts[number + 1]].tolist()

    def rows_of_entry(self, entry_id: str) -> list[int]:
        """Return the rows of an entry, ascending."""
        if entry_id not in self._entries:
            return []
        number = self._entries.index(entry_id)
        return [row for row, own in enumerate(self._entry_of) if own == number]

    def words(self, entry_id: str) -> frozenset[str]:
        """Return every term that the phrasings of an entry have."""
        words = self._words.get(entry_id)
        if words is None:
            rows = self.rows_of_entry(entry_id)
            words = frozenset(term for row in rows for term in self[row][1])
            self._words[entry_id] = words
        return words

    def to_sections(self) -> list[bytes]:
        """Return the packed form as the sections of a file."""
        texts = [words_to_bytes(self._entries), words_to_bytes(self._terms)]
        return texts + [numbers_to_bytes(numbers) for numbers in self._arrays]

    @classmethod
    def from_sections(cls, sections: Sequence[memoryview]) -> Phrasings:
        """Return the phrasings that ``to_sections`` gave."""
        entries, terms = map(words_from_bytes, sections[:_TEXTS])
        return cls(entries, terms, [numbers_from_bytes(_KIND, s) for s in sections[_TEXTS:]])
