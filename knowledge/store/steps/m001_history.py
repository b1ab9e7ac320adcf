"""Past answers, feedback, the state of threads, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.store.steps.running import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def m001_history(db: Database) -> None:
    """Add past answers with their full-text index, feedback, the state of threads, and notes."""
    run(
        db,
        # The large columns come last: what is looked through must not lie behind them.
        """CREATE TABLE answers (
            workspace TEXT NOT NULL, id TEXT NOT NULL, channel TEXT NOT NULL,
            place_kind TEXT NOT NULL, thread TEXT, asker TEXT NOT NULL, asked_at REAL NOT NULL,
            language TEXT NOT NULL, kind TEXT NOT NULL, entry_id TEXT, permalink TEXT,
            numbers TEXT NOT NULL DEFAULT '', query_tokens TEXT NOT NULL DEFAULT '',
            query TEXT NOT NULL, text TEXT NOT NULL, answer TEXT NOT NULL,
            PRIMARY KEY (workspace, id))""",
        "CREATE INDEX answers_by_numbers ON answers (workspace, numbers, asked_at)",
        "CREATE INDEX answers_by_kind ON answers (workspace, kind, asked_at)",
        "CREATE INDEX answers_by_asker ON answers (workspace, asker, asked_at)",
        "CREATE INDEX answers_by_id ON answers (id)",
        "CREATE VIRTUAL TABLE answers_fts USING fts5(query, text)",
        """CREATE TABLE feedback (
            workspace TEXT NOT NULL, answer_id TEXT NOT NULL, user TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('good', 'bad')), reason TEXT NOT NULL,
            given_at REAL NOT NULL,
            PRIMARY KEY (workspace, answer_id, user),
            FOREIGN KEY (workspace, answer_id) REFERENCES answers (workspace, id)
                ON DELETE CASCADE)""",
        """CREATE TABLE threads (
            workspace TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT NOT NULL,
            state TEXT NOT NULL, updated_at REAL NOT NULL,
            PRIMARY KEY (workspace, channel, thread)) WITHOUT ROWID""",
        "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    )
