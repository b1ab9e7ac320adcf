"""The SQLite schema: the numbered ``steps``, which sqlite-utils applies in one transaction each.

``PRAGMA user_version`` holds
the number of steps applied, so that opening an up-to-date file needs no look into the ledger.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from knowledge.store.steps import STEPS

if TYPE_CHECKING:
    from sqlite_utils.migrations import Migrations

SET_NAME = "vrambot"


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


def _numbered(step: Callable[[Any], None], number: int) -> Callable[[Any], None]:
    def numbered(db: Any) -> None:
        step(db)
        db.execute(f"PRAGMA user_version = {number}")

    return numbered
