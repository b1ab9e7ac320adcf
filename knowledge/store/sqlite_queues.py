"""The inbox and the outbox in SQLite, on raw ``sqlite3``: this is the path of every message."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.history import PastAnswer
from knowledge.store.connection import Connections
from knowledge.store.encoded import encoded
from knowledge.store.errors import InboxFull
from knowledge.store.port import Item, Post, Prepared, Queue
from knowledge.store.sqlite_history import (
    AnswerRow,
    answer_row,
    insert_answer,
    thread_row,
    upsert_thread,
)
from knowledge.visibility import Place

MAX_WAITING = 1_000
SOON_S = 60.0
"""What is put off for longer than a row is held by whoever works on it does not wait yet."""


@dataclass(frozen=True, slots=True)
class Rows:
    """``knowledge.store.port.Prepared`` in SQLite: an answer's rows, and those of threads."""

    answer: AnswerRow | None
    states: tuple[tuple[Any, ...], ...]

    def __reduce__(self) -> tuple[type[Rows], tuple[Any, ...]]:
        """Travel as the fields alone: it comes with every answer."""
        return type(self), (self.answer, self.states)

    @property
    def kept(self) -> bool:
        """Whether there is an answer among it."""
        return self.answer is not None


class SqliteInbox:
    """``knowledge.store.port.Inbox`` in SQLite; a lease is a due moment in the future."""

    def __init__(self, connections: Connections, max_waiting: int = MAX_WAITING) -> None:
        self._connections = connections
        self._max_waiting = max_waiting

    def accept(
        self, item: Item, keys: Sequence[str], held_s: float = 0.0, *, limited: bool = True
    ) -> bool:
        """Store ``item`` and its dedupe keys at once; False when any key was seen before."""
        now = time.time()
        payload = encoded(item.payload)
        with self._connections.write() as connection:
            # What is newly known of the same message is kept, so that its retries are known.
            if _keep_keys(connection, item.workspace, keys, now) < len({*keys}):
                return False
            if limited and count_waiting(connection, "inbox", now + SOON_S) >= self._max_waiting:
                raise InboxFull(self._max_waiting)
            stored = connection.execute(
                "INSERT OR IGNORE INTO inbox "
                "(workspace, id, payload, state, attempts, received_at, due_at) "
                "VALUES (?, ?, ?, 'waiting', ?, ?, ?)",
                (item.workspace, item.id, payload, held_s > 0, now, now + held_s),
            )
            return bool(stored.rowcount)

    def seen(self, workspace: str, keys: Sequence[str]) -> bool:
        """Return whether any of the keys was accepted before."""
        with self._connections.read() as connection:
            return _any_seen(connection, workspace, keys)

    def claim(self, lease_s: float) -> Item | None:
        """Take the item that is due longest for ``lease_s``; then it can be taken again."""
        now = time.time()
        with self._connections.write() as connection:
            row = connection.execute(
                "UPDATE inbox SET attempts = attempts + 1, due_at = ? "
                "WHERE (workspace, id) = (SELECT workspace, id FROM inbox "
                "WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, received_at LIMIT 1) "
                "RETURNING workspace, id, payload, attempts",
                (now + lease_s, now),
            ).fetchone()
        if row is None:
            return None
        return Item(workspace=row[0], id=row[1], payload=json.loads(row[2]), attempts=row[3])

    def answered(
        self,
        item: Item,
        past: PastAnswer | None = None,
        post: Post | None = None,
        left_behind: Mapping[Place, Mapping[str, Any]] | None = None,
        held_s: float = 0.0,
    ) -> bool:
        """Close ``item``, store its answer, queue its post and keep states of threads, at once."""
        return self.conclude(item, self.prepared(past, left_behind or {}), post, held_s)

    def prepared(
        self, past: PastAnswer | None, left_behind: Mapping[Place, Mapping[str, Any]]
    ) -> Rows:
        """Do all of ``answered`` that needs no database."""
        answer = None if past is None else answer_row(past)
        return Rows(answer, tuple(thread_row(place, at) for place, at in left_behind.items()))

    def conclude(
        self, item: Item, prepared: Prepared, post: Post | None = None, held_s: float = 0.0
    ) -> bool:
        """Do the rest of ``answered``: others wait while the transaction is open."""
        assert isinstance(prepared, Rows)
        message = None if post is None else post_row(post, held_s)
        with self._connections.write() as connection:
            closed = connection.execute(
                "UPDATE inbox SET state = 'done' "
                "WHERE workspace = ? AND id = ? AND state = 'waiting'",
                (item.workspace, item.id),
            )
            if not closed.rowcount:
                return False
            if prepared.answer is not None:
                insert_answer(connection, prepared.answer)
            for state in prepared.states:
                upsert_thread(connection, state)
            return message is None or insert_post(connection, message)

    def failed(
        self, item: Item, error: str, retry_in_s: float | None, *, counted: bool = True
    ) -> None:
        """Put ``item`` back for later, or close it as failed when ``retry_in_s`` is None.

        What is not ``counted`` was no attempt: nothing of the item was tried.
        """
        state = "failed" if retry_in_s is None else "waiting"
        with self._connections.write() as connection:
            connection.execute(
                "UPDATE inbox SET state = ?, due_at = ?, error = ?, attempts = attempts - ? "
                "WHERE workspace = ? AND id = ? AND state = 'waiting'",
                (
                    state,
                    time.time() + (retry_in_s or 0.0),
                    error,
                    int(not counted),
                    item.workspace,
                    item.id,
                ),
            )


class SqliteOutbox:
    """``knowledge.store.port.Outbox`` in SQLite."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def enqueue(self, post: Post, *, again: bool = False) -> bool:
        """Queue a message; with ``again`` anew where it was given up. False when it is there."""
        row = post_row(post)
        with self._connections.write() as connection:
            if again:
                connection.execute(
                    "DELETE FROM outbox WHERE workspace = ? AND id = ? AND state = 'dropped'",
                    (post.workspace, post.id),
                )
            return insert_post(connection, row)

    def claim_post(self, lease_s: float) -> Post | None:
        """Take the message that is due longest, for ``lease_s``."""
        now = time.time()
        with self._connections.write() as connection:
            row = connection.execute(
                "UPDATE outbox SET attempts = attempts + 1, due_at = ? "
                "WHERE (workspace, id) = (SELECT workspace, id FROM outbox "
                "WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, created_at LIMIT 1) "
                "RETURNING workspace, id, channel, payload, thread, attempts, created_at",
                (now + lease_s, now),
            ).fetchone()
        if row is None:
            return None
        payload = json.loads(row[3])
        return Post(row[0], row[1], row[2], payload, row[4], row[5], queued_at=row[6])

    def kept(self, workspace: str, post_id: str) -> Post | None:
        """Return a message as it was queued, sent or not; None once it is pruned."""
        with self._connections.read() as connection:
            row = connection.execute(
                "SELECT channel, payload, thread, attempts, state FROM outbox "
                "WHERE workspace = ? AND id = ?",
                (workspace, post_id),
            ).fetchone()
        if row is None:
            return None
        draft = row[4] == "draft"
        return Post(workspace, post_id, row[0], json.loads(row[1]), row[2], row[3], draft)

    def posted(self, post: Post, ts: str) -> None:
        """Note that the message is out as ``ts``."""
        self._close(post, "posted", ts, None)

    def drop(self, post: Post, error: str) -> None:
        """Give the message up; it is kept with the reason."""
        self._close(post, "dropped", None, error)

    def postpone(
        self, post: Post, error: str, retry_in_s: float, *, maybe_out: bool = False
    ) -> None:
        """Try again after ``retry_in_s``; unless ``maybe_out``, this try does not count."""
        attempts = post.attempts if maybe_out else post.attempts - 1
        with self._connections.write() as connection:
            connection.execute(
                "UPDATE outbox SET due_at = ?, error = ?, attempts = ? "
                "WHERE workspace = ? AND id = ? AND state = 'waiting'",
                (time.time() + retry_in_s, error, attempts, post.workspace, post.id),
            )

    def posted_ts(self, workspace: str, post_id: str) -> str | None:
        """Return the time stamp of a message that is out, else None."""
        with self._connections.read() as connection:
            row = connection.execute(
                "SELECT posted_ts FROM outbox WHERE workspace = ? AND id = ?", (workspace, post_id)
            ).fetchone()
        return None if row is None else row[0]

    def _close(self, post: Post, state: str, ts: str | None, error: str | None) -> None:
        with self._connections.write() as connection:
            connection.execute(
                "UPDATE outbox SET state = ?, posted_ts = ?, error = ? "
                "WHERE workspace = ? AND id = ?",
                (state, ts, error, post.workspace, post.id),
            )


def post_row(post: Post, held_s: float = 0.0) -> tuple[Any, ...]:
    """Return a message as a row of the outbox; with ``held_s`` the caller is sending it already."""
    now = time.time()
    state = "draft" if post.draft else "waiting"
    where = (post.workspace, post.id, post.channel, post.thread)
    return (*where, encoded(post.payload), state, held_s > 0, now, now + held_s)


def insert_post(connection: sqlite3.Connection, row: tuple[Any, ...]) -> bool:
    """Queue a message inside the caller's transaction; False when it was queued before."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO outbox "
        "(workspace, id, channel, thread, payload, state, attempts, created_at, due_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    return bool(cursor.rowcount)


def count_waiting(connection: sqlite3.Connection, queue: Queue, until: float) -> int:
    """Return how many rows wait, or are being worked on, and are due by ``until``."""
    table = {"inbox": "inbox", "outbox": "outbox"}[queue]
    sql = f"SELECT count(*) FROM {table} WHERE state = 'waiting' AND due_at <= ?"
    return int(connection.execute(sql, (until,)).fetchone()[0])


def _any_seen(connection: sqlite3.Connection, workspace: str, keys: Sequence[str]) -> bool:
    marks = ", ".join("?" * len(keys))
    sql = f"SELECT 1 FROM seen WHERE workspace = ? AND key IN ({marks}) LIMIT 1"
    return connection.execute(sql, (workspace, *keys)).fetchone() is not None


def _keep_keys(
    connection: sqlite3.Connection, workspace: str, keys: Sequence[str], now: float
) -> int:
    """Keep dedupe keys; return how many of them are new."""
    return connection.executemany(
        "INSERT OR IGNORE INTO seen (workspace, key, seen_at) VALUES (?, ?, ?)",
        [(workspace, key, now) for key in keys],
    ).rowcount
