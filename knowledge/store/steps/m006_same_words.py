"""An index of past questions by their words, so that the same one is found however old it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.store.steps.running import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def m006_same_words(db: Database) -> None:
    """Index questions by numbers and words; the index on numbers and age stays for near ones."""
    run(
        db,
        "CREATE INDEX answers_by_words ON answers (workspace, numbers, query_tokens, asked_at)",
    )
