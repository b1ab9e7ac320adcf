"""The store in one SQLite file: history, inbox and outbox on the same connections."""

from __future__ import annotations

import math
import time
from pathlib import Path

from knowledge.store.connection import Connections
from knowledge.store.errors import StoreDamaged
from knowledge.store.port import Queue
from knowledge.store.reindex import refresh_index
from knowledge.store.sqlite_entries import SqliteEntries
from knowledge.store.sqlite_erasure import SqliteErasure
from knowledge.store.sqlite_history import SqliteHistory
from knowledge.store.sqlite_installations import SqliteInstallations
from knowledge.store.sqlite_personal import SqlitePersonal
from knowledge.store.sqlite_queues import (
    MAX_WAITING,
    SOON_S,
    SqliteInbox,
    SqliteOutbox,
    count_waiting,
)
from knowledge.store.sqlite_unanswered import SqliteUnanswered

AT_ONCE = 200
KEEP_QUEUES_S = 86_400.0
KEEP_THREADS_S = 90 * 86_400.0


class SqliteStore(
    SqliteHistory,
    SqlitePersonal,
    SqliteEntries,
    SqliteUnanswered,
    SqliteInbox,
    SqliteOutbox,
    SqliteInstallations,
    SqliteErasure,
):
    """``knowledge.store.port.Store`` in one SQLite file; may be used from several threads.

    Opening makes the file or brings its schema up to date, and raises a ``StoreError`` that says
    what to do when it cannot; a damaged file is never written to. With ``read_only`` the file is
    only read, and whatever would write raises ``StoreReadOnly``. ``busy_ms`` is how long a call
    waits for another process that writes
    (left open, five seconds).
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        max_waiting: int = MAX_WAITING,
        busy_ms: int | None = None,
    ) -> None:
        self.path = path
        self._connections = Connections(path, read_only=read_only, busy_ms=busy_ms)
        self._max_waiting = max_waiting
        try:
            self._connections.prepare()
            if not read_only:
                refresh_index(self._connections)
        except BaseException:
            self._connections.close()
            raise

    def never_wait(self) -> None:
        """Make this thread's calls raise ``StoreLocked`` at once instead of waiting."""
        self._connections.never_wait()

    def tidy(self) -> None:
        """Copy the log into the file, as far as nobody reads it: it would grow for ever."""
        with self._connections.read() as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def release_leases(self) -> int:
        """Free what a process that no longer runs had taken; return how many rows."""
        freed = 0
        with self._connections.write() as connection:
            for table in ("inbox", "outbox"):
                freed += connection.execute(
                    f"UPDATE {table} SET due_at = 0 WHERE state = 'waiting' AND due_at > ?",
                    (time.time(),),
                ).rowcount
        return freed

    def next_due_s(self, queue: Queue) -> float | None:
        """Return the seconds until a row is due, 0 when one is, None when none waits."""
        table = {"inbox": "inbox", "outbox": "outbox"}[queue]
        sql = f"SELECT min(due_at) FROM {table} WHERE state = 'waiting'"
        with self._connections.read() as connection:
            due_at = connection.execute(sql).fetchone()[0]
        return None if due_at is None else max(0.0, due_at - time.time())

    def waiting(self, queue: Queue) -> int:
        """Return how many rows wait or are being worked on; not what of the inbox is put off."""
        within_s = SOON_S if queue == "inbox" else math.inf
        with self._connections.read() as connection:
            return count_waiting(connection, queue, time.time() + within_s)

    def prune(
        self,
        keep_s: float = KEEP_QUEUES_S,
        keep_threads_s: float = KEEP_THREADS_S,
        keep_answers_s: float | None = None,
    ) -> int:
        """Delete old keys, closed queue rows, threads left alone and, if so asked, answers."""
        now = time.time()
        aged = (
            ("DELETE FROM seen WHERE seen_at < ?", keep_s),
            ("DELETE FROM inbox WHERE state <> 'waiting' AND received_at < ?", keep_s),
            ("DELETE FROM outbox WHERE state <> 'waiting' AND created_at < ?", keep_s),
            ("DELETE FROM threads WHERE updated_at < ?", keep_threads_s),
        )
        with self._connections.write() as connection:
            gone = sum(connection.execute(sql, (now - age_s,)).rowcount for sql, age_s in aged)
        return gone + (0 if keep_answers_s is None else self._drop_answers(now - keep_answers_s))

    def _drop_answers(self, before: float) -> int:
        """Delete older answers a few at a time: others write between, and each is unindexed."""
        gone = 0
        while True:
            with self._connections.write() as connection:
                some = connection.execute(
                    "DELETE FROM answers WHERE rowid IN "
                    "(SELECT rowid FROM answers WHERE asked_at < ? LIMIT ?)",
                    (before, AT_ONCE),
                ).rowcount
            gone += some
            if some < AT_ONCE:
                return gone

    def check(self) -> None:
        """Raise ``StoreError`` unless the database can be written now and is whole."""
        with self._connections.read() as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise StoreDamaged(self.path)
        with self._connections.write():
            pass

    def close(self) -> None:
        """Close the connections of all threads."""
        self._connections.close()


def open_store(
    path: Path,
    *,
    read_only: bool = False,
    max_waiting: int = MAX_WAITING,
    busy_ms: int | None = None,
) -> SqliteStore:
    """Open the store in the file ``path``, made when it is missing, or raise a ``StoreError``.

    ``busy_ms`` is how long a call waits for another process that writes
    (left open, five seconds).
    """
    return SqliteStore(path, read_only=read_only, max_waiting=max_waiting, busy_ms=busy_ms)
