"""The SQLite schema, as numbered steps that sqlite-utils applies, each in one transaction.

A step that has been released is never edited: a change is a new step. ``PRAGMA user_version`` holds
the number of steps applied, so that opening an up-to-date file needs no look into the ledger.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

SET_NAME = "vrambot"


def m001_history(db: Database) -> None:
    """Add past answers with their full-text index, feedback, the state of threads, and notes."""
    _run(
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


def m002_queues(db: Database) -> None:
    """Add the inbox, the keys of what was accepted, and the outbox."""
    _run(
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


STEPS: tuple[Callable[[Any], None], ...] = (m001_history, m002_queues)
LATEST = len(STEPS)


def migrations() -> Migrations:
    """Return the steps as sqlite-utils runs them (imported here: it is slow to import)."""
    from sqlite_utils.migrations import Migrations

    steps = Migrations(SET_NAME)
    for number, step in enumerate(STEPS, start=1):
        steps(name=step.__name__)(_numbered(step, number))
    return steps


def version(connection: sqlite3.Connection) -> int:
    """Return how many steps were applied to this database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, *, stop_before: str | None = None) -> None:
    """Apply the pending steps, all or none of them; ``stop_before`` is for tests."""
    from sqlite_utils import Database

    connection.execute("BEGIN IMMEDIATE")
    try:
        migrations().apply(Database(connection), stop_before=stop_before)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)


def _numbered(step: Callable[[Any], None], number: int) -> Callable[[Any], None]:
    def numbered(db: Any) -> None:
        step(db)
        db.execute(f"PRAGMA user_version = {number}")

    return numbered
