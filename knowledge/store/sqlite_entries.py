"""A team's own entries in SQLite: versions and drafts."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from knowledge.entries import Entry
from knowledge.store.connection import Connections
from knowledge.store.entries import LISTED, Action, Draft, DraftState, Version
from knowledge.store.errors import EntryConflict, UnknownEntry
from knowledge.store.sqlite_unanswered import settle

VERSION_COLUMNS = "entry_id, number, content, author, made_at, action, change"
DRAFT_COLUMNS = (
    "id, content, author, saved_at, based_on, state, answers, replaces, published, entry_id"
)
CLOSED: tuple[DraftState, ...] = ("published", "dropped")


class SqliteEntries:
    """Versions and drafts of ``knowledge.store.entries.Entries`` in SQLite."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def entry_changes(self, workspace: str) -> int:
        """Return how many changes were made to the entries of a workspace."""
        with self._connections.read() as connection:
            return _changes(connection, workspace)

    def entry_workspaces(self) -> list[str]:
        """Return the workspaces with entries of their own, the one changed last first."""
        sql = "SELECT workspace FROM entry_versions GROUP BY workspace ORDER BY max(made_at) DESC"
        with self._connections.read() as connection:
            return [str(row[0]) for row in connection.execute(sql)]

    def changed_entries(self, workspace: str, since: int = 0) -> list[Version]:
        """Return the newest version of each entry that changed after the change ``since``."""
        sql = (
            f"SELECT {VERSION_COLUMNS} FROM entry_versions AS own "
            "WHERE workspace = ? AND change > ? AND number = (SELECT max(number) "
            "FROM entry_versions WHERE workspace = own.workspace AND entry_id = own.entry_id) "
            "ORDER BY entry_id"
        )
        with self._connections.read() as connection:
            return [_version(row) for row in connection.execute(sql, (workspace, since))]

    def entry_versions(self, workspace: str, entry_id: str) -> list[Version]:
        """Return all versions of an entry, newest first."""
        with self._connections.read() as connection:
            return _versions(connection, workspace, entry_id)

    def add_version(
        self, workspace: str, entry: Entry, based_on: int, author: str, action: Action = "publish"
    ) -> Version:
        """Make ``entry`` live; raises ``EntryConflict`` unless ``based_on`` is the newest."""
        with self._connections.write() as connection:
            versions = _versions(connection, workspace, entry.id)
            if not _may_follow(versions, based_on):
                raise EntryConflict(entry.id, based_on, versions[0].number if versions else 0)
            return _add(connection, workspace, entry.id, entry, author, action)

    def undo_entry(
        self,
        workspace: str,
        entry_id: str,
        author: str,
        to: int | None = None,
        based_on: int | None = None,
    ) -> Version:
        """Add a version with the content of an earlier one; raises as the port says."""
        with self._connections.write() as connection:
            versions = {one.number: one for one in _versions(connection, workspace, entry_id)}
            if not versions or (to and to not in versions):
                raise UnknownEntry(entry_id)
            newest = max(versions)
            if based_on not in (None, newest):
                raise EntryConflict(entry_id, based_on or 0, newest)
            number = newest - 1 if to is None else to
            former = versions[number].entry if number else None
            return _add(connection, workspace, entry_id, former, author, "undo")

    def withdraw_entry(self, workspace: str, entry_id: str, author: str) -> Version:
        """Take an entry back, its versions stay; raises ``UnknownEntry``."""
        with self._connections.write() as connection:
            newest = next(iter(_versions(connection, workspace, entry_id)), None)
            if newest is None:
                raise UnknownEntry(entry_id)
            if newest.entry is None:
                return newest
            return _add(connection, workspace, entry_id, None, author, "withdraw")

    def save_draft(self, workspace: str, draft: Draft) -> bool:
        """Store a draft or replace the one with its id; False when that one is closed."""
        with self._connections.write() as connection:
            known = _draft(connection, workspace, draft.id)
            if known is not None and known.state in CLOSED:
                return False
            connection.execute(
                f"INSERT OR REPLACE INTO entry_drafts (workspace, {DRAFT_COLUMNS}) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    workspace,
                    draft.id,
                    draft.entry.model_dump_json(),
                    draft.author,
                    draft.saved_at.timestamp(),
                    draft.based_on,
                    draft.state,
                    json.dumps(draft.answers),
                    draft.replaces,
                    draft.published,
                    draft.entry.id,
                ),
            )
            return True

    def draft(self, workspace: str, draft_id: str) -> Draft | None:
        """Return a draft, closed or not."""
        with self._connections.read() as connection:
            return _draft(connection, workspace, draft_id)

    def drafts(
        self, workspace: str, states: Sequence[DraftState] = LISTED, limit: int = 50
    ) -> list[Draft]:
        """Return the drafts in these states, newest first."""
        marks = ", ".join("?" * len(states))
        sql = (
            f"SELECT {DRAFT_COLUMNS} FROM entry_drafts WHERE workspace = ? "
            f"AND state IN ({marks}) ORDER BY saved_at DESC, id LIMIT ?"
        )
        with self._connections.read() as connection:
            found = connection.execute(sql, (workspace, *states, limit))
            return [_draft_of_row(row) for row in found]

    def drop_draft(self, workspace: str, draft_id: str) -> bool:
        """Close a draft without publishing it; False when there is none to close."""
        with self._connections.write() as connection:
            cursor = connection.execute(
                "UPDATE entry_drafts SET state = 'dropped' WHERE workspace = ? AND id = ? "
                "AND state NOT IN ('published', 'dropped')",
                (workspace, draft_id),
            )
            return bool(cursor.rowcount)

    def publish_draft(self, workspace: str, draft_id: str, author: str) -> Version:
        """Make a draft live and close it; raises ``UnknownEntry`` and ``EntryConflict``."""
        with self._connections.write() as connection:
            draft = _draft(connection, workspace, draft_id)
            if draft is None or draft.state == "dropped":
                raise UnknownEntry(draft_id)
            versions = _versions(connection, workspace, draft.entry.id)
            if draft.published is not None:
                return next(one for one in versions if one.number == draft.published)
            if _may_follow(versions, draft.based_on):
                made = _add(connection, workspace, draft.entry.id, draft.entry, author, "publish")
                _set_state(connection, workspace, draft_id, "published", made.number)
                settle(connection, workspace, draft.answers, author, "answered")
                return made
            _set_state(connection, workspace, draft_id, "conflict", None)
        newest = versions[0].number if versions else 0
        raise EntryConflict(draft.entry.id, draft.based_on, newest)


def _may_follow(versions: Sequence[Version], based_on: int) -> bool:
    """Whether nobody changed the entry since ``based_on``; a withdrawn one may be written anew."""
    if not versions:
        return based_on == 0
    newest = versions[0]
    return newest.number == based_on or (based_on == 0 and newest.entry is None)


def _add(
    connection: sqlite3.Connection,
    workspace: str,
    entry_id: str,
    entry: Entry | None,
    author: str,
    action: Action,
) -> Version:
    """Add the next version of an entry inside the caller's transaction."""
    made = Version(
        entry_id=entry_id,
        number=_newest_number(connection, workspace, entry_id) + 1,
        entry=entry,
        author=author,
        made_at=datetime.fromtimestamp(time.time(), UTC),
        action=action,
        change=_changes(connection, workspace) + 1,
    )
    connection.execute(
        f"INSERT INTO entry_versions (workspace, {VERSION_COLUMNS}) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            workspace,
            entry_id,
            made.number,
            None if entry is None else entry.model_dump_json(),
            author,
            made.made_at.timestamp(),
            action,
            made.change,
        ),
    )
    return made


def _set_state(
    connection: sqlite3.Connection,
    workspace: str,
    draft_id: str,
    state: DraftState,
    published: int | None,
) -> None:
    connection.execute(
        "UPDATE entry_drafts SET state = ?, published = ? WHERE workspace = ? AND id = ?",
        (state, published, workspace, draft_id),
    )


def _changes(connection: sqlite3.Connection, workspace: str) -> int:
    sql = "SELECT max(change) FROM entry_versions WHERE workspace = ?"
    return int(connection.execute(sql, (workspace,)).fetchone()[0] or 0)


def _newest_number(connection: sqlite3.Connection, workspace: str, entry_id: str) -> int:
    sql = "SELECT max(number) FROM entry_versions WHERE workspace = ? AND entry_id = ?"
    return int(connection.execute(sql, (workspace, entry_id)).fetchone()[0] or 0)


def _versions(connection: sqlite3.Connection, workspace: str, entry_id: str) -> list[Version]:
    sql = (
        f"SELECT {VERSION_COLUMNS} FROM entry_versions "
        "WHERE workspace = ? AND entry_id = ? ORDER BY number DESC"
    )
    return [_version(row) for row in connection.execute(sql, (workspace, entry_id))]


def _draft(connection: sqlite3.Connection, workspace: str, draft_id: str) -> Draft | None:
    sql = f"SELECT {DRAFT_COLUMNS} FROM entry_drafts WHERE workspace = ? AND id = ?"
    row = connection.execute(sql, (workspace, draft_id)).fetchone()
    return None if row is None else _draft_of_row(row)


def _version(row: tuple[Any, ...]) -> Version:
    entry_id, number, content, author, made_at, action, change = row
    return Version(
        entry_id=entry_id,
        number=number,
        entry=None if content is None else Entry.model_validate_json(content),
        author=author,
        made_at=datetime.fromtimestamp(made_at, UTC),
        action=action,
        change=change,
    )


def _draft_of_row(row: tuple[Any, ...]) -> Draft:
    id_, content, author, saved_at, based_on, state, answers, replaces, published, _ = row
    return Draft(
        id=id_,
        entry=Entry.model_validate_json(content),
        author=author,
        saved_at=datetime.fromtimestamp(saved_at, UTC),
        based_on=based_on,
        state=state,
        answers=tuple(json.loads(answers)),
        replaces=bool(replaces),
        published=published,
    )
