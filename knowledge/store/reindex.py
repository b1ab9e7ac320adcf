"""Keeps the full-text index in step with the tokeniser and the glossary that it was made with."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from knowledge.store.connection import Connections
from knowledge.store.ranking import question_keys
from knowledge.text import MAX_CHARS, line_tokens, tokens

WHOLE = ("faq", "diagnosis")
"""Kinds of answers whose text is an entry's."""


def refresh_index(connections: Connections) -> bool:
    """Index all past answers anew when the tokens would come out differently; True if so."""
    wanted = _fingerprint()
    with connections.read() as connection:
        if _indexed_with(connection) == wanted:
            return False
    with connections.write() as connection:
        connection.execute("DELETE FROM answers_fts")
        for rowid, query, text, kind, inputs in connection.execute(
            "SELECT rowid, query, text, kind, json_extract(answer, '$.calculation.inputs') "
            "FROM answers"
        ).fetchall():
            read = json.loads(inputs) if inputs else {}
            index_answer(connection, rowid, indexed(query, text, kind, read))
            connection.execute(
                "UPDATE answers SET numbers = ?, query_tokens = ? WHERE rowid = ?",
                (*question_keys(query), rowid),
            )
        connection.execute(
            "INSERT INTO about (name, value) VALUES ('indexed_with', ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (wanted,),
        )
    return True


def index_answer(connection: sqlite3.Connection, rowid: int, tokens_of: tuple[str, str]) -> None:
    """Put one answer into the full-text index, by what ``indexed`` gives for it."""
    connection.execute(
        "INSERT INTO answers_fts (rowid, query, text) VALUES (?, ?, ?)", (rowid, *tokens_of)
    )


def indexed(query: str, text: str, kind: str, inputs: Mapping[str, Any]) -> tuple[str, str]:
    """Return the tokens of a question and of its answer.

    Of an entry that is all of its text. Of any other answer it is the first paragraph and what was
    read in the question: what else it offers, compares or cites was not asked about.
    """
    if kind not in WHOLE:
        text = "\n".join((text.strip().partition("\n\n")[0], *_words(inputs.values())))
    return _distinct(query), _indexed(text)


def _words(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from _words(value)


@lru_cache(maxsize=256)
def _indexed(text: str) -> str:
    """Cut an answer into tokens; the same answers come again and again."""
    found: dict[str, None] = {}
    for line in text[:MAX_CHARS].splitlines():
        found.update(_tokens(line))
    return " ".join(found)


@lru_cache(maxsize=2_048)
def _tokens(line: str) -> dict[str, None]:
    """Cut a line of an answer into tokens, each once; most lines are in many answers."""
    return dict.fromkeys(line_tokens(line))


def _distinct(text: str) -> str:
    """Return the tokens of a text, each once: what is looked for is either there or not."""
    return " ".join(dict.fromkeys(tokens(text)))


def _indexed_with(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT value FROM about WHERE name = 'indexed_with'").fetchone()
    return None if row is None else str(row[0])


def _fingerprint() -> str:
    """Return a digest of the files that decide how a text is cut into tokens."""
    digest = hashlib.sha256()
    for name in ("text.py", "glossary.toml", "store/reindex.py"):
        source = files("knowledge") / name
        if source.is_file():
            digest.update(source.read_bytes())
    return digest.hexdigest()
