"""Which answers were shown to their asker alone, so that nobody else is shown them later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.store.steps.running import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def m007_private(db: Database) -> None:
    """Add the mark of private answers; those stored so far have none: it is not known."""
    run(db, "ALTER TABLE answers ADD COLUMN private INTEGER NOT NULL DEFAULT 0")
