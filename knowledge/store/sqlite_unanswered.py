"""What could not be answered, or was answered badly, in SQLite: grouped, and settled."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from knowledge.store.connection import Connections
from knowledge.store.entries import OpenQuestion, Outcome
from knowledge.store.ranking import NEARLY_THE_SAME, likeness
from knowledge.store.sqlite_history import SEEN, viewed_from
from knowledge.visibility import Place, Viewer, may_see

LOOKED_AT = 500
"""The newest questions that are grouped; older ones wait until these are settled."""
_BAD = (
    "EXISTS (SELECT 1 FROM feedback WHERE feedback.workspace = answers.workspace "
    "AND feedback.answer_id = answers.id AND feedback.verdict = 'bad')"
)


@dataclass(slots=True)
class _Group:
    """Questions that ask nearly the same, newest first."""

    query: str
    language: str
    asked_at: float
    tokens: set[str]
    answers: list[str] = field(default_factory=list)
    bad: int = 0


class SqliteUnanswered:
    """The questions of ``knowledge.store.entries.Entries`` in SQLite."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def open_questions(self, viewer: Viewer, limit: int = 50) -> list[OpenQuestion]:
        """Return what could not be answered and what was answered badly, newest first."""
        place = viewer.place
        sql = (
            "SELECT id, query, language, asked_at, numbers, query_tokens, channel, place_kind, "
            f"asker, private, {_BAD} FROM answers WHERE {SEEN} AND (kind = 'unknown' OR {_BAD}) "
            f"ORDER BY asked_at DESC LIMIT {LOOKED_AT}"
        )
        with self._connections.read() as connection:
            rows = connection.execute(sql, viewed_from(viewer)).fetchall()
            settled = _settled(connection, place.workspace)
        groups: dict[str, list[_Group]] = {}
        order: list[_Group] = []
        for id_, query, language, asked_at, numbers, query_tokens, *seen, bad in rows:
            channel, kind, asker, private = seen
            asked_in = Place(place.workspace, channel, kind)
            if not may_see(viewer, asked_in, asker, private=bool(private)):
                continue
            asked = set(query_tokens.split())
            if _is_settled(settled.get(numbers, ()), asked, asked_at):
                continue
            group = next((g for g in groups.get(numbers, ()) if _alike(g.tokens, asked)), None)
            if group is None:
                group = _Group(query, language, asked_at, asked)
                groups.setdefault(numbers, []).append(group)
                order.append(group)
            group.answers.append(id_)
            group.bad += bad
        return [_question(group) for group in order[:limit]]

    def settle_questions(
        self, workspace: str, answers: Sequence[str], by: str, outcome: Outcome
    ) -> int:
        """Take questions off the list; return how many there were."""
        with self._connections.write() as connection:
            return settle(connection, workspace, answers, by, outcome)


def settle(
    connection: sqlite3.Connection,
    workspace: str,
    answers: Sequence[str],
    by: str,
    outcome: Outcome,
) -> int:
    """Note questions as settled inside the caller's transaction; return how many are known."""
    count = 0
    for answer_id in answers:
        row = connection.execute(
            "SELECT numbers, query_tokens FROM answers WHERE workspace = ? AND id = ?",
            (workspace, answer_id),
        ).fetchone()
        if row is None:
            continue
        count += 1
        connection.execute(
            "INSERT OR REPLACE INTO settled_questions (workspace, numbers, query_tokens, outcome, "
            "settled_by, settled_at) VALUES (?, ?, ?, ?, ?, ?)",
            (workspace, *row, outcome, by, time.time()),
        )
    return count


_Settled = tuple[set[str], Outcome, float]


def _settled(connection: sqlite3.Connection, workspace: str) -> dict[str, list[_Settled]]:
    found: dict[str, list[_Settled]] = {}
    sql = (
        "SELECT numbers, query_tokens, outcome, settled_at FROM settled_questions "
        "WHERE workspace = ?"
    )
    for numbers, query_tokens, outcome, settled_at in connection.execute(sql, (workspace,)):
        found.setdefault(numbers, []).append((set(query_tokens.split()), outcome, settled_at))
    return found


def _is_settled(settled: Iterable[_Settled], asked: set[str], asked_at: float) -> bool:
    return any(
        _alike(words, asked) and (outcome == "dismissed" or asked_at <= settled_at)
        for words, outcome, settled_at in settled
    )


def _alike(a: set[str], b: set[str]) -> bool:
    return a == b or likeness(a, b) >= NEARLY_THE_SAME


def _question(group: _Group) -> OpenQuestion:
    return OpenQuestion(
        query=group.query,
        language=group.language,
        answers=tuple(group.answers),
        asked_at=datetime.fromtimestamp(group.asked_at, UTC),
        bad=group.bad,
    )
