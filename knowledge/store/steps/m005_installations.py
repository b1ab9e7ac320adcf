"""Installations of the bot with their sealed tokens, and the states of installs under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.store.steps.running import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def m005_installations(db: Database) -> None:
    """Add installations, the workspaces of org-wide ones, and states; let indexes follow rows."""
    run(
        db,
        """CREATE TABLE installations (
            workspace TEXT PRIMARY KEY, enterprise TEXT, org_wide INTEGER NOT NULL,
            sealed_token TEXT NOT NULL, bot_user_id TEXT NOT NULL, bot_id TEXT NOT NULL,
            url TEXT NOT NULL, scopes TEXT NOT NULL, installed_at REAL NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE org_workspaces (
            workspace TEXT PRIMARY KEY, enterprise TEXT NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX org_workspaces_by_enterprise ON org_workspaces (enterprise)",
        """CREATE TABLE oauth_states (
            digest TEXT PRIMARY KEY, expires_at REAL NOT NULL) WITHOUT ROWID""",
        # An answer that is deleted, for whatever reason, cannot be found by its words any more.
        """CREATE TRIGGER answers_unindexed AFTER DELETE ON answers BEGIN
            DELETE FROM answers_fts WHERE rowid = old.rowid; END""",
        "CREATE INDEX answers_by_age ON answers (asked_at)",
    )
