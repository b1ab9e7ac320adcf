"""The inbox, the keys of what was accepted, the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.store.steps.running import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def m002_queues(db: Database) -> None:
    """Add the inbox, the keys of what was accepted, and the outbox."""
    run(
        db,
        """CREATE TABLE seen (
            workspace TEXT NOT NULL, key TEXT NOT NULL, seen_at REAL NOT NULL,
            PRIMARY KEY (workspace, key)) WITHOUT ROWID""",
        "CREATE INDEX seen_by_age ON seen (seen_at)",
        """CREATE TABLE inbox (
            workspace TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
            attempts INTEGER NOT NULL, received_at REAL NOT NULL, due_at REAL NOT NULL,
            error TEXT, PRIMARY KEY (workspace, id))""",
        "CREATE INDEX inbox_due ON inbox (due_at) WHERE state = 'waiting'",
        """CREATE TABLE outbox (
            workspace TEXT NOT NULL, id TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT,
            payload TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('draft', 'waiting', 'posted', 'dropped')),
            attempts INTEGER NOT NULL, created_at REAL NOT NULL, due_at REAL NOT NULL,
            posted_ts TEXT, error TEXT, PRIMARY KEY (workspace, id))""",
        "CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting'",
    )
