"""Deletes and exports what belongs to a workspace or a person, over all tables of the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from knowledge.store import erasure
from knowledge.store.connection import Connections
from knowledge.store.erasure import FORMER_MEMBER
from knowledge.store.unnaming import labels_in, unnamed

Values = dict[str, str]
JSON_COLUMNS = frozenset({"answer", "payload", "content", "value", "state"})
UNSHOWN = erasure.INDEX_COLUMNS | erasure.SECRET_COLUMNS
# Conversations in which nobody but this person asked, and all of their direct messages.
OWN_THREADS = (
    "workspace = :workspace AND ((channel, thread) IN ("
    "SELECT channel, coalesce(thread, '') FROM answers WHERE workspace = :workspace "
    "GROUP BY channel, thread HAVING min(asker) = :user AND max(asker) = :user) "
    "OR channel IN (SELECT channel FROM answers "
    "WHERE workspace = :workspace AND asker = :user AND place_kind = 'dm'))"
)
OWN_POSTS = (
    "workspace = :workspace AND (channel = :user OR id IN ("
    "SELECT id FROM answers WHERE workspace = :workspace AND asker = :user UNION "
    "SELECT id FROM inbox WHERE workspace = :workspace AND instr(payload, :value)))"
)


class SqliteErasure:
    """``knowledge.store.erasure.Erasure`` in SQLite."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def forget_workspace(self, workspace: str) -> dict[str, int]:
        """Delete every row of a workspace; for an organisation, of all its workspaces too."""
        deleted: dict[str, int] = {}
        with self._overwriting() as connection:
            served = "SELECT workspace FROM org_workspaces WHERE enterprise = ?"
            found = connection.execute(served, (workspace,)).fetchall()
            for one in (*(str(row[0]) for row in found), workspace):
                for table, columns in tables(connection).items():
                    if "workspace" in columns:
                        sql = f'DELETE FROM "{table}" WHERE workspace = ?'
                        gone = connection.execute(sql, (one,)).rowcount
                        deleted[table] = deleted.get(table, 0) + gone
        return deleted

    def export_person(self, workspace: str, user: str) -> dict[str, list[dict[str, Any]]]:
        """Return every row that belongs to a person or names them, by table."""
        found: dict[str, list[dict[str, Any]]] = {}
        values = _values(workspace, user)
        with self._connections.read() as connection:
            for table, columns in tables(connection).items():
                conditions = [*_own(table, columns), *_naming(columns)]
                if not conditions:
                    continue
                either = " OR ".join(f"({one})" for one in conditions)
                shown = [name for name in columns if name not in UNSHOWN]
                cells = ", ".join(f'"{name}"' for name in shown)
                sql = f'SELECT {cells} FROM "{table}" WHERE workspace = :workspace AND ({either})'
                rows = connection.execute(sql, values).fetchall()
                if rows:
                    found[table] = [_shown(dict(zip(shown, row, strict=True))) for row in rows]
        return found

    def forget_person(self, workspace: str, user: str) -> dict[str, int]:
        """Delete a person's rows, and their name where a row is the team's."""
        values = {**_values(workspace, user), "former": FORMER_MEMBER}
        touched: dict[str, int] = {}
        with self._overwriting() as connection:
            found = tables(connection)
            # What is known by the answers goes before the answers do, the queue by the inbox too.
            last = ("inbox", "answers")
            for table in (*(name for name in found if name not in last), *last):
                touched[table] = _forget(connection, table, found[table], values)
            for table, columns in found.items():
                touched[table] += _unquote(connection, table, columns, values)
        return {table: rows for table, rows in touched.items() if rows}

    @contextmanager
    def _overwriting(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction whose deleted rows are overwritten in the file, not only unlinked.

        Copies that SQLite left in free space when it moved rows earlier stay until it is reused.
        """
        own = self._connections.get()
        own.execute("PRAGMA secure_delete = ON")
        try:
            with self._connections.write() as connection:
                yield connection
                connection.execute("INSERT INTO answers_fts (answers_fts) VALUES ('optimize')")
            own.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            own.execute("PRAGMA secure_delete = OFF")


def tables(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the columns of every table of the file."""
    listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        str(name): tuple(str(row[1]) for row in connection.execute(f'PRAGMA table_info("{name}")'))
        for (name,) in listed
    }


def _values(workspace: str, user: str) -> Values:
    value, mention, labelled = erasure.addressed(user)
    return {
        "workspace": workspace,
        "user": user,
        "owner": f"user:{user}",
        "value": value,
        "mention": mention,
        "labelled": labelled,
        "key": f":{user}:",
        # Only a Slack id is looked for in texts: another name may be any word.
        "quoted": user if erasure.is_slack_id(user) else "\0",
    }


def _own(table: str, columns: tuple[str, ...]) -> list[str]:
    """Return the conditions under which a row of a table is the person's own."""
    if "workspace" not in columns:
        return []
    conditions = [f'"{name}" = :user' for name in columns if name in erasure.OWN_COLUMNS]
    conditions += [f'"{name}" = :owner' for name in columns if name in erasure.OWNER_COLUMNS]
    conditions += [
        f'instr("{name}", :value) OR instr("{name}", :mention) OR instr("{name}", :labelled)'
        for name in columns
        if name in erasure.ADDRESSED_COLUMNS
    ]
    conditions += [
        f"instr(':' || \"{name}\" || ':', :key)" for name in columns if name in erasure.KEY_COLUMNS
    ]
    if table == "threads":
        conditions.append(OWN_THREADS)
    if table == "outbox":
        conditions.append(OWN_POSTS)
    return conditions


def _naming(columns: tuple[str, ...]) -> list[str]:
    if "workspace" not in columns:
        return []
    return [f'"{name}" = :user' for name in columns if name in erasure.NAMED_COLUMNS] + [
        f'instr("{name}", :quoted)' for name in columns if name in erasure.QUOTING_COLUMNS
    ]


def _forget(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], values: Values
) -> int:
    """Delete the person's rows and rename them where a row names them; return how many."""
    touched = 0
    if conditions := _own(table, columns):
        either = " OR ".join(f"({one})" for one in conditions)
        sql = f'DELETE FROM "{table}" WHERE workspace = :workspace AND ({either})'
        touched += connection.execute(sql, values).rowcount
    for name in columns:
        if name in erasure.NAMED_COLUMNS and "workspace" in columns:
            sql = (
                f'UPDATE "{table}" SET "{name}" = :former '
                f'WHERE workspace = :workspace AND "{name}" = :user'
            )
            touched += connection.execute(sql, values).rowcount
    return touched


def _unquote(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], values: Values
) -> int:
    """Take the person's id and name out of the team's texts; return how many were changed."""
    quoting = [one for one in columns if one in erasure.QUOTING_COLUMNS and "workspace" in columns]
    touched = 0
    for column in quoting:
        found = _texts(connection, table, column, values["workspace"], values["quoted"])
        labels = {one for text in found.values() for one in labels_in(text, values["user"])}
        for label in labels:
            found |= _texts(connection, table, column, values["workspace"], label)
        for rowid, text in found.items():
            changed = unnamed(text, values["user"], labels)
            if json.loads(changed) != json.loads(text):
                sql = f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?'
                touched += connection.execute(sql, (changed, rowid)).rowcount
    return touched


def _texts(
    connection: sqlite3.Connection, table: str, column: str, workspace: str, words: str
) -> dict[int, str]:
    """Return the texts of a workspace that hold some words, by row."""
    sql = f'SELECT rowid, "{column}" FROM "{table}" WHERE workspace = ? AND instr("{column}", ?)'
    return {int(row[0]): str(row[1]) for row in connection.execute(sql, (workspace, words))}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for people: JSON read, reply addresses left out (they are keys to a channel)."""
    for name in JSON_COLUMNS & row.keys():
        try:
            row[name] = json.loads(row[name])
        except (TypeError, ValueError):
            continue
        if isinstance(row[name], dict):
            row[name].pop("response_url", None)
    return row
