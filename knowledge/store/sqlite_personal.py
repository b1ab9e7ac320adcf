"""Preferences and saved answers in SQLite."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from knowledge.history import PastAnswer
from knowledge.store.connection import Connections
from knowledge.store.encoded import to_json
from knowledge.store.errors import UnknownAnswer
from knowledge.store.sqlite_history import COLUMNS, past_of_row
from knowledge.visibility import Viewer


class SqlitePersonal:
    """``knowledge.store.personal.Personal`` in SQLite."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def preferences(self, workspace: str, owner: str) -> Mapping[str, Any]:
        """Return what the owner chose; empty when nothing was chosen."""
        sql = "SELECT value FROM preferences WHERE workspace = ? AND owner = ?"
        with self._connections.read() as connection:
            row = connection.execute(sql, (workspace, owner)).fetchone()
        return {} if row is None else json.loads(row[0])

    def prefer(self, workspace: str, owner: str, value: Mapping[str, Any], set_by: str) -> None:
        """Replace what the owner chose; an empty ``value`` removes it."""
        with self._connections.write() as connection:
            if not value:
                connection.execute(
                    "DELETE FROM preferences WHERE workspace = ? AND owner = ?", (workspace, owner)
                )
                return
            connection.execute(
                "INSERT INTO preferences (workspace, owner, value, set_by, set_at) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (workspace, owner) DO UPDATE SET "
                "value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at",
                (workspace, owner, to_json(value), set_by, time.time()),
            )

    def save(self, workspace: str, user: str, answer_id: str) -> bool:
        """Save an answer for a user; False when it was saved before."""
        with self._connections.write() as connection:
            known = connection.execute(
                "SELECT 1 FROM answers WHERE workspace = ? AND id = ?", (workspace, answer_id)
            ).fetchone()
            if known is None:
                raise UnknownAnswer(answer_id)
            stored = connection.execute(
                "INSERT OR IGNORE INTO saved (workspace, user, answer_id, saved_at) "
                "VALUES (?, ?, ?, ?)",
                (workspace, user, answer_id, time.time()),
            )
            return bool(stored.rowcount)

    def unsave(self, workspace: str, user: str, answer_id: str) -> bool:
        """Remove a saved answer; False when it was not saved."""
        with self._connections.write() as connection:
            removed = connection.execute(
                "DELETE FROM saved WHERE workspace = ? AND user = ? AND answer_id = ?",
                (workspace, user, answer_id),
            )
            return bool(removed.rowcount)

    def saved(self, workspace: str, user: str, limit: int = 20) -> list[PastAnswer]:
        """Return what the user saved, last saved first, wherever it was asked."""
        columns = ", ".join(f"answers.{name.strip()}" for name in COLUMNS.split(","))
        sql = (
            f"SELECT {columns} FROM saved JOIN answers ON answers.workspace = saved.workspace "
            "AND answers.id = saved.answer_id WHERE saved.workspace = ? AND saved.user = ? "
            "ORDER BY saved.saved_at DESC LIMIT ?"
        )
        with self._connections.read() as connection:
            rows = connection.execute(sql, (workspace, user, limit)).fetchall()
        return [past_of_row(row) for row in rows]

    def get_own(self, answer_id: str, viewer: Viewer) -> PastAnswer | None:
        """Return one answer if the viewer asked it, wherever that was."""
        sql = f"SELECT {COLUMNS} FROM answers WHERE workspace = ? AND asker = ? AND id = ?"
        with self._connections.read() as connection:
            row = connection.execute(
                sql, (viewer.place.workspace, viewer.user, answer_id)
            ).fetchone()
        return None if row is None else past_of_row(row)

    def own(self, viewer: Viewer, limit: int = 10) -> list[PastAnswer]:
        """Return what the viewer asked in this workspace, in private too, newest first."""
        sql = (
            f"SELECT {COLUMNS} FROM answers WHERE workspace = ? AND asker = ? "
            "ORDER BY asked_at DESC LIMIT ?"
        )
        with self._connections.read() as connection:
            rows = connection.execute(sql, (viewer.place.workspace, viewer.user, limit)).fetchall()
        return [past_of_row(row) for row in rows]
