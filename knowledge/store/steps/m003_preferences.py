"""What people and channels chose, saved answers, and the version of what an answer rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.store.steps.running import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def m003_preferences(db: Database) -> None:
    """Add preferences, saved answers, and the answers' versions (unknown for older ones)."""
    run(
        db,
        """CREATE TABLE preferences (
            workspace TEXT NOT NULL, owner TEXT NOT NULL, value TEXT NOT NULL,
            set_by TEXT NOT NULL, set_at REAL NOT NULL,
            PRIMARY KEY (workspace, owner)) WITHOUT ROWID""",
        """CREATE TABLE saved (
            workspace TEXT NOT NULL, user TEXT NOT NULL, answer_id TEXT NOT NULL,
            saved_at REAL NOT NULL,
            PRIMARY KEY (workspace, user, answer_id),
            FOREIGN KEY (workspace, answer_id) REFERENCES answers (workspace, id)
                ON DELETE CASCADE) WITHOUT ROWID""",
        "CREATE INDEX saved_by_answer ON saved (workspace, answer_id)",
        "ALTER TABLE answers ADD COLUMN version TEXT",
    )
