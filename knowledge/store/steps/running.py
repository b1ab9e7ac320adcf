"""How a step runs its statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def run(db: Database, *statements: str) -> None:
    """Run statements in order, inside the step's transaction."""
    for statement in statements:
        db.execute(statement)
