"""A team's own entries with their versions, drafts, and the questions that were settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.store.steps.running import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def m004_entries(db: Database) -> None:
    """Add the versions of entries (no content: withdrawn), drafts, and settled questions."""
    run(
        db,
        """CREATE TABLE entry_versions (
            workspace TEXT NOT NULL, entry_id TEXT NOT NULL, number INTEGER NOT NULL,
            change INTEGER NOT NULL, action TEXT NOT NULL, author TEXT NOT NULL,
            made_at REAL NOT NULL, content TEXT,
            PRIMARY KEY (workspace, entry_id, number))""",
        "CREATE UNIQUE INDEX entry_versions_by_change ON entry_versions (workspace, change)",
        """CREATE TABLE entry_drafts (
            workspace TEXT NOT NULL, id TEXT NOT NULL, entry_id TEXT NOT NULL,
            based_on INTEGER NOT NULL, state TEXT NOT NULL, author TEXT NOT NULL,
            saved_at REAL NOT NULL, replaces INTEGER NOT NULL, published INTEGER,
            answers TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (workspace, id))""",
        "CREATE INDEX entry_drafts_by_state ON entry_drafts (workspace, state, saved_at)",
        """CREATE TABLE settled_questions (
            workspace TEXT NOT NULL, numbers TEXT NOT NULL, query_tokens TEXT NOT NULL,
            outcome TEXT NOT NULL, settled_by TEXT NOT NULL, settled_at REAL NOT NULL,
            PRIMARY KEY (workspace, numbers, query_tokens)) WITHOUT ROWID""",
    )
