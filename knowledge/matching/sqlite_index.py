"""The index of phrasings in SQLite's full-text engine, pruned so that it stays fast at a million.

Full text finds the rows of one term, or of several at once; which terms are worth following is
decided in ``pruning``, and scores are made from the terms of the few rows found.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from knowledge.matching.port import Hit
from knowledge.matching.pruning import ROW_BUDGET, nearest_rows

CACHED_TERMS = 200_000
_CHUNK = 500

_SCHEMA = """
CREATE TABLE IF NOT EXISTS phrasing (
    id INTEGER PRIMARY KEY, entry TEXT NOT NULL, terms TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS phrasing_entry ON phrasing (entry);
CREATE TABLE IF NOT EXISTS frequency (
    term TEXT PRIMARY KEY, phrasings INTEGER NOT NULL
) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS phrasing_fts USING fts5(
    terms, content='phrasing', content_rowid='id', detail=none, tokenize="ascii tokenchars '.'"
);
"""
_COUNT = """
INSERT INTO frequency VALUES (?, ?)
ON CONFLICT (term) DO UPDATE SET phrasings = phrasings + excluded.phrasings
"""
_ROWS_WITH = "SELECT rowid FROM phrasing_fts WHERE phrasing_fts MATCH ? LIMIT ?"


class SqliteIndex:
    """An ``Index`` in one SQLite file, or in memory; safe to use from several threads."""

    def __init__(self, path: str = ":memory:") -> None:
        """Open or create the index at ``path``."""
        self._lock = threading.Lock()
        self._cache: dict[str, int] = {}
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.executescript(_SCHEMA)
        row = self._database.execute("SELECT count(*), max(id) FROM phrasing").fetchone()
        self._size: int = row[0]
        self._last_id: int = row[1] or 0

    def add(self, phrasings: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Store (entry id, terms) pairs in one transaction."""
        counts: Counter[str] = Counter()
        rows: list[tuple[int, str, str]] = []
        with self._lock, self._database:
            for entry_id, terms in phrasings:
                distinct = dict.fromkeys(terms)
                counts.update(distinct.keys())
                self._last_id += 1
                rows.append((self._last_id, entry_id, " ".join(distinct)))
                if len(rows) == 10_000:
                    self._store(rows)
                    rows = []
            self._store(rows)
            self._database.executemany(_COUNT, counts.items())
            self._cache.clear()

    def _store(self, rows: list[tuple[int, str, str]]) -> None:
        self._database.executemany("INSERT INTO phrasing VALUES (?, ?, ?)", rows)
        self._database.executemany(
            "INSERT INTO phrasing_fts (rowid, terms) VALUES (?, ?)",
            ((number, terms) for number, _, terms in rows),
        )
        self._size += len(rows)

    def remove(self, entry_id: str) -> None:
        """Forget every phrasing of an entry."""
        with self._lock, self._database:
            rows = self._database.execute(
                "SELECT id, terms FROM phrasing WHERE entry = ?", (entry_id,)
            ).fetchall()
            self._database.executemany(
                "INSERT INTO phrasing_fts (phrasing_fts, rowid, terms) VALUES ('delete', ?, ?)",
                rows,
            )
            self._database.execute("DELETE FROM phrasing WHERE entry = ?", (entry_id,))
            counts = Counter(term for _, terms in rows for term in terms.split())
            self._database.executemany(
                "UPDATE frequency SET phrasings = phrasings - ? WHERE term = ?",
                ((count, term) for term, count in counts.items()),
            )
            self._size -= len(rows)
            self._cache.clear()

    def size(self) -> int:
        """Return the number of stored phrasings."""
        return self._size

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """Return in how many phrasings each term stands; unknown terms are left out."""
        distinct = set(terms)
        with self._lock:
            if len(self._cache) > CACHED_TERMS:
                self._cache.clear()
            missing = sorted(term for term in distinct if term not in self._cache)
            for at in range(0, len(missing), _CHUNK):
                self._look_up(missing[at : at + _CHUNK])
            return {term: self._cache[term] for term in distinct if self._cache[term]}

    def _look_up(self, terms: list[str]) -> None:
        marks = ",".join("?" * len(terms))
        rows = self._database.execute(
            f"SELECT term, phrasings FROM frequency WHERE term IN ({marks})", terms
        )
        self._cache.update(dict.fromkeys(terms, 0))
        self._cache.update(rows)

    def search(self, frequencies: Mapping[str, int], limit: int) -> list[Hit]:
        """Return up to ``limit`` phrasings that share the rarest of the terms, nearest first."""
        with self._lock:
            rows = nearest_rows(frequencies, self._rows_with, limit)
            marks = ",".join("?" * len(rows))
            statement = f"SELECT id, entry, terms FROM phrasing WHERE id IN ({marks})"
            found = {row[0]: row for row in self._database.execute(statement, rows)}
        return [Hit(found[row][1], frozenset(found[row][2].split())) for row in rows]

    def _rows_with(self, terms: Sequence[str]) -> list[int]:
        expression = " AND ".join(f'"{term}"' for term in terms)
        rows = self._database.execute(_ROWS_WITH, (expression, ROW_BUDGET))
        return [row for (row,) in rows]
