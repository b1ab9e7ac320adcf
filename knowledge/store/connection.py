"""SQLite connections for several threads: one each, one writer at a time, errors with names."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from knowledge.store.errors import StoreLocked, StoreReadOnly, StoreTooNew, from_os, from_sqlite
from knowledge.store.migrations import LATEST, migrate, version

BUSY_MS = 5_000
CLOSE_S = 1.0
"""How long ``close`` waits for what is under way, and again after interrupting it."""


class Connections:
    """The connections to one database file, opened per thread on first use.

    Writers hold one lock of this process, then ``BEGIN IMMEDIATE``; readers wait for nobody (WAL).
    With ``synchronous = NORMAL`` a power loss may take the last commits, never the file.
    """

    def __init__(self, path: Path, *, read_only: bool = False, busy_ms: int | None = None) -> None:
        self.path = path
        self._busy_s = (BUSY_MS if busy_ms is None else busy_ms) / 1000
        self.read_only = read_only
        self._local = threading.local()
        self._lock = threading.RLock()
        self._all: list[sqlite3.Connection] = []
        self._idle = threading.Condition(threading.Lock())
        self._under_way = 0

    def prepare(self) -> None:
        """Make the folder and bring the schema up to date; never touches a damaged file."""
        with self.translated():
            if not self.read_only:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._refuse_unwritable()
            connection = self.get()
            found = version(connection)
            if found > LATEST:
                raise StoreTooNew(self.path, found, LATEST)
            if self.read_only:
                return
            connection.execute("PRAGMA journal_mode = WAL")
            if found < LATEST:
                with self._lock:
                    migrate(connection)

    def get(self) -> sqlite3.Connection:
        """Return this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._open("ro") if self.read_only else self._open("rwc")
            self._local.connection = connection
            with self._lock:
                self._all.append(connection)
        return connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give a connection to read from."""
        with self._kept_open(), self.translated():
            yield self.get()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one transaction: all of the block is stored, or nothing."""
        if self.read_only:
            raise StoreReadOnly(self.path)
        if not self._lock.acquire(blocking=getattr(self._local, "waits", True)):
            raise StoreLocked(self.path)
        try:
            with self._kept_open(), self.translated():
                connection = self.get()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        finally:
            self._lock.release()

    def never_wait(self) -> None:
        """Make this thread's calls raise ``StoreLocked`` at once instead of waiting.

        Its commits never copy the log into the file either, which waits for the disk: other
        threads' do, and ``tidy``.
        """
        self._local.waits = False
        with self.translated():
            self.get().execute("PRAGMA busy_timeout = 0")
            self.get().execute("PRAGMA wal_autocheckpoint = 0")

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the errors of SQLite and of the system into the store's."""
        try:
            yield
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error
        except OSError as error:
            raise from_os(error, self.path) from error

    @contextmanager
    def _kept_open(self) -> Iterator[None]:
        """Count a call under way: SQLite crashes where its connection is closed meanwhile."""
        with self._idle:
            self._under_way += 1
        try:
            yield
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def close(self) -> None:
        """Close the connections of all threads, once no call of another thread is under way.

        One that lasts is interrupted; should it go on all the same, the connections stay open
        until the process ends.
        """
        if not self._comes_to_rest():
            for connection in tuple(self._all):
                connection.interrupt()
            self._comes_to_rest()
        with self._lock, self._idle:  # nothing begins while they are closed
            for connection in () if self._under_way else self._all:
                connection.close()
            self._all.clear()
            self._local = threading.local()

    def _comes_to_rest(self) -> bool:
        with self._idle:
            return self._idle.wait_for(lambda: not self._under_way, CLOSE_S)

    def _open(self, mode: str) -> sqlite3.Connection:
        uri = f"file:{quote(str(self.path.absolute()))}?mode={mode}"
        connection = self._connect(uri)
        if mode == "ro":
            try:
                version(connection)
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError:
                # A WAL database in a folder that cannot be written opens only as immutable.
                connection.close()
                connection = self._connect(uri + "&immutable=1")
        return connection

    def _connect(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=self._busy_s, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _refuse_unwritable(self) -> None:
        """SQLite opens a file that it may only read without a word: say it at the start."""
        for path in (self.path.parent, self.path):
            if path.exists() and not os.access(path, os.W_OK):
                raise StoreReadOnly(self.path)
