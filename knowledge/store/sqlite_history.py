"""Past answers, feedback and thread state in SQLite."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from knowledge.history import PastAnswer, Wanted
from knowledge.store import ranking
from knowledge.store.connection import Connections
from knowledge.store.encoded import Encoded, encoded, to_json
from knowledge.store.errors import UnknownAnswer
from knowledge.store.reindex import index_answer, indexed
from knowledge.text import fts_query
from knowledge.visibility import Place, PlaceKind, Viewer, is_own, may_see

CANDIDATES = 200
SAME_WORDS = 3
REQUIRED: tuple[Literal["all"], Literal["any"]] = ("all", "any")
COLUMNS = (
    "workspace, id, query, language, kind, entry_id, text, answer, asker, channel, place_kind, "
    "thread, asked_at, permalink, version, private"
)
INSERT_ANSWER = (
    f"INSERT OR IGNORE INTO answers ({COLUMNS}, numbers, query_tokens) "
    f"VALUES ({', '.join('?' * 18)})"
)
# The rule of ``may_see`` in SQL, so that no row that may not be seen is even read;
# it is applied again to each record.
SEEN = (
    "answers.workspace = :workspace AND ((answers.place_kind = 'public' "
    "AND :from_kind <> 'external') OR (answers.channel = :channel "
    "AND (answers.asker = :viewer OR answers.private = 0))) "
    "AND (:aloud = 0 OR answers.private = 0)"
)
# The rule of ``is_own``, for what is shown to the asker alone.
OWN = "answers.workspace = :workspace AND answers.asker = :viewer"
FILTERS = {
    "kind": " AND answers.kind = :kind",
    "since": " AND answers.asked_at >= :since",
    "by": " AND answers.asker = :by",
}


class SqliteHistory:
    """``knowledge.history.History`` in SQLite."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def record(self, past: PastAnswer) -> bool:
        """Store once; False when this id was already stored."""
        row = answer_row(past)
        with self._connections.write() as connection:
            return insert_answer(connection, row)

    def get(self, answer_id: str, viewer: Viewer) -> PastAnswer | None:
        """Return one answer if the viewer may see it."""
        found = self._select(f"{SEEN} AND id = :id", viewer, id=answer_id)
        return found[0][1] if found else None

    def search(
        self, words: str, viewer: Viewer, limit: int = 5, wanted: Wanted | None = None
    ) -> list[PastAnswer]:
        """Return past answers with all of the words, or else with some, best first.

        Without a word, those that ``wanted`` asks for, newest first.
        """
        wanted = wanted or Wanted()
        conditions, filters = _filters(wanted)
        seen = (OWN if wanted.own else SEEN) + conditions
        if not words.strip() and wanted != Wanted():
            where = f"{seen} ORDER BY answers.asked_at DESC LIMIT {int(limit)}"
            return [past for _, past in self._select(where, viewer, own=wanted.own, **filters)]
        for require in REQUIRED:
            expression = fts_query(words, require)
            if not expression:
                return []
            # Newest first by rowid: that order costs the full-text index nothing.
            sql = (
                "SELECT answers.rowid, answers.asked_at, answers_fts.query, answers_fts.text "
                "FROM answers_fts JOIN answers ON answers.rowid = answers_fts.rowid "
                f"WHERE answers_fts MATCH :words AND {seen} "
                f"ORDER BY answers_fts.rowid DESC LIMIT {CANDIDATES}"
            )
            found = self._candidates(sql, viewer, words=expression, **filters)
            ranked = ranking.by_words(words, found)
            if ranked:
                return self._by_rowid(ranked[:limit], viewer, own=wanted.own)
        return []

    def similar(self, query: str, viewer: Viewer, limit: int = 3) -> list[PastAnswer]:
        """Return past answers to nearly the same question, most alike first.

        The same numbers are a must, so that the indexes on them keep this quick at any size: the
        newest with the same words, however old, and the nearest of the newest. What is found is
        said aloud: the answer that quotes it may be shared.
        """
        viewer = replace(viewer, aloud=True)
        numbers, words = ranking.question_keys(query)
        newest = (
            "SELECT * FROM (SELECT rowid, asked_at, query_tokens FROM answers INDEXED BY {index} "
            f"WHERE {SEEN} AND numbers = :numbers{{more}} ORDER BY asked_at DESC LIMIT {{most}})"
        )
        same = newest.format(
            index="answers_by_words", more=" AND query_tokens = :tokens", most=SAME_WORDS
        )
        near = newest.format(index="answers_by_numbers", more="", most=CANDIDATES)
        # Of each question its newest row: SQLite takes the other columns from where the max is.
        sql = (
            "SELECT rowid, max(asked_at), query_tokens "
            f"FROM ({same} UNION ALL {near}) GROUP BY query_tokens"
        )
        found = self._candidates(sql, viewer, numbers=numbers, tokens=words)
        return self._by_rowid(ranking.by_likeness(query, found)[:limit], viewer)

    def unanswered(self, workspace: str, limit: int = 50) -> list[PastAnswer]:
        """Return questions that got ``unknown``, newest first (for curators only)."""
        sql = (
            f"SELECT {COLUMNS} FROM answers WHERE workspace = ? AND kind = 'unknown' "
            "ORDER BY asked_at DESC LIMIT ?"
        )
        with self._connections.read() as connection:
            return [past_of_row(row) for row in connection.execute(sql, (workspace, limit))]

    def settle(self, workspace: str, answer_id: str, kind: PlaceKind) -> None:
        """Note what kind of channel an answer was given in."""
        with self._connections.write() as connection:
            connection.execute(
                "UPDATE answers SET place_kind = ? WHERE workspace = ? AND id = ?",
                (kind, workspace, answer_id),
            )

    def shared(self, workspace: str, answer_id: str) -> None:
        """Note that an answer's asker showed it to the channel: it is private no longer."""
        with self._connections.write() as connection:
            connection.execute(
                "UPDATE answers SET private = 0 WHERE workspace = ? AND id = ?",
                (workspace, answer_id),
            )

    def feedback(
        self,
        answer_id: str,
        user: str,
        verdict: str,
        reason: str = "",
        *,
        workspace: str | None = None,
    ) -> None:
        """Keep one verdict per user and answer; raises ``UnknownAnswer``, or ``ValueError``."""
        if verdict not in ("good", "bad"):
            raise ValueError(f"a verdict is good or bad, not {verdict!r}")
        with self._connections.write() as connection:
            row = connection.execute(
                "SELECT workspace FROM answers WHERE id = ? AND workspace = coalesce(?, workspace)",
                (answer_id, workspace),
            ).fetchone()
            if row is None:
                raise UnknownAnswer(answer_id)
            connection.execute(
                "INSERT INTO feedback (workspace, answer_id, user, verdict, reason, given_at) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (workspace, answer_id, user) DO UPDATE SET "
                "verdict = excluded.verdict, reason = excluded.reason, "
                "given_at = excluded.given_at",
                (row[0], answer_id, user, verdict, reason, time.time()),
            )

    def verdicts(self, workspace: str, answer_id: str) -> dict[str, tuple[str, str]]:
        """Return each user's verdict on an answer, with its reason."""
        sql = "SELECT user, verdict, reason FROM feedback WHERE workspace = ? AND answer_id = ?"
        with self._connections.read() as connection:
            rows = connection.execute(sql, (workspace, answer_id)).fetchall()
        return {user: (verdict, reason) for user, verdict, reason in rows}

    def thread(self, place: Place) -> Mapping[str, Any] | None:
        """Return the state kept for a conversation, or None."""
        sql = "SELECT state FROM threads WHERE workspace = ? AND channel = ? AND thread = ?"
        with self._connections.read() as connection:
            row = connection.execute(sql, _conversation(place)).fetchone()
        return None if row is None else json.loads(row[0])

    def keep_thread(self, place: Place, state: Mapping[str, Any]) -> None:
        """Replace the state kept for a conversation."""
        row = thread_row(place, state)
        with self._connections.write() as connection:
            upsert_thread(connection, row)

    def _candidates(self, sql: str, viewer: Viewer, **values: Any) -> list[ranking.Candidate]:
        """Return what may be seen of the matches, as their tokens alone."""
        with self._connections.read() as connection:
            rows = connection.execute(sql, {**viewed_from(viewer), **values}).fetchall()
        return [ranking.Candidate(*row) for row in rows]

    def _by_rowid(
        self, rowids: list[int], viewer: Viewer, *, own: bool = False
    ) -> list[PastAnswer]:
        marks = ", ".join(str(int(rowid)) for rowid in rowids)
        where = f"{OWN if own else SEEN} AND answers.rowid IN ({marks})"
        rows = self._select(where, viewer, own=own)
        at = {rowid: place for place, rowid in enumerate(rowids)}
        return [past for _, past in sorted(rows, key=lambda row: at[row[0]])]

    def _select(
        self, where: str, viewer: Viewer, *, own: bool = False, **values: Any
    ) -> list[tuple[int, PastAnswer]]:
        sql = f"SELECT rowid, {COLUMNS} FROM answers WHERE {where}"
        with self._connections.read() as connection:
            rows = connection.execute(sql, {**viewed_from(viewer), **values}).fetchall()
        found = [(int(row[0]), past_of_row(row[1:])) for row in rows]
        if own:
            return [
                (rowid, past) for rowid, past in found if is_own(viewer, past.place, past.asker)
            ]
        return [
            (rowid, past)
            for rowid, past in found
            if may_see(viewer, past.place, past.asker, private=past.private)
        ]


def viewed_from(viewer: Viewer) -> dict[str, str | bool]:
    """Return what the rule in ``SEEN`` needs of the viewer."""
    place = viewer.place
    return {
        "workspace": place.workspace,
        "channel": place.channel,
        "from_kind": place.kind,
        "viewer": viewer.user,
        "aloud": viewer.aloud,
    }


def _filters(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """Return the conditions of the filters that are given, so that an index on them is used."""
    since = None if wanted.since is None else wanted.since.timestamp()
    given = {"kind": wanted.kind, "since": since, "by": wanted.by}
    values = {name: value for name, value in given.items() if value is not None}
    return "".join(FILTERS[name] for name in values), values


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer as its row in the table and in the full-text index."""

    values: tuple[Any, ...]
    indexed: tuple[str, str]

    def __reduce__(self) -> tuple[type[AnswerRow], tuple[Any, ...]]:
        """Travel as the fields alone: it comes with every answer."""
        return type(self), (self.values, self.indexed)


def answer_row(past: PastAnswer) -> AnswerRow:
    """Return all that is stored of an answer; most of the work, and none of it needs the lock."""
    values = (
        past.place.workspace,
        past.id,
        past.query,
        past.language,
        past.kind,
        past.entry_id,
        past.text,
        encoded(past.answer),
        past.asker,
        past.place.channel,
        past.place.kind,
        past.place.thread,
        past.asked_at.timestamp(),
        past.permalink,
        past.version,
        past.private,
        *ranking.question_keys(past.query),
    )
    inputs = (past.answer.get("calculation") or {}).get("inputs") or {}
    return AnswerRow(values, indexed(past.query, past.text, past.kind, inputs))


def insert_answer(connection: sqlite3.Connection, row: AnswerRow) -> bool:
    """Store an answer and its index inside the caller's transaction; False when it is there."""
    cursor = connection.execute(INSERT_ANSWER, row.values)
    if not cursor.rowcount:
        return False
    assert cursor.lastrowid is not None
    index_answer(connection, cursor.lastrowid, row.indexed)
    return True


def thread_row(place: Place, state: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the state of a conversation as a row."""
    return (*_conversation(place), to_json(state), time.time())


def upsert_thread(connection: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    """Replace the state of a conversation inside the caller's transaction."""
    connection.execute(
        "INSERT INTO threads (workspace, channel, thread, state, updated_at) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (workspace, channel, thread) DO UPDATE SET "
        "state = excluded.state, updated_at = excluded.updated_at",
        row,
    )


def past_of_row(row: tuple[Any, ...]) -> PastAnswer:
    """Return the record of a row of ``COLUMNS``."""
    workspace, id_, query, language, kind, entry_id, text, answer, asker = row[:9]
    channel, place_kind, thread, asked_at, permalink, version, private = row[9:]
    return PastAnswer(
        id=id_,
        query=query,
        language=language,
        kind=kind,
        entry_id=entry_id,
        text=text,
        answer=Encoded(answer),
        asker=asker,
        place=Place(workspace=workspace, channel=channel, kind=place_kind, thread=thread),
        asked_at=datetime.fromtimestamp(asked_at, UTC),
        permalink=permalink,
        version=version,
        private=bool(private),
    )


def _conversation(place: Place) -> tuple[str, str, str]:
    return place.workspace, place.channel, place.thread or ""
