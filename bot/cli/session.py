"""A terminal's session: the answerer, and the history where the store can be opened."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bot.answer import Answer
from bot.answering import Answerer, MemoryThreads
from bot.home import database_path, terminal_language
from bot.messages import say
from bot.question import Question
from bot.recording import past_answer
from knowledge.errors import KnowledgeError
from knowledge.history import History
from knowledge.team import TeamKnowledge

if TYPE_CHECKING:
    from knowledge.store.entries import Entries

# Nobody waits long in a terminal for a history that somebody else is writing to.
BUSY_MS = 1_000


class Session:
    """Asks, and keeps each answer once; a store that fails is said once and left alone."""

    def __init__(self, history: History | None, entries: Entries | None = None) -> None:
        self._history = history
        knowledge = TeamKnowledge(entries) if entries is not None else None
        self._answerer = Answerer(threads=MemoryThreads(), history=history, knowledge=knowledge)

    def ask(self, question: Question) -> Answer:
        """Answer a question; ``keep`` records it, once it has been shown."""
        return self._answerer.answer(question)

    def keep(self, answer: Answer, question: Question) -> None:
        """Record an answer; it may have to wait for whoever else writes."""
        if self._history is None:
            return
        past = past_answer(answer, question, uuid.uuid4().hex)
        try:
            if past is not None:
                self._history.record(past)
        except KnowledgeError as error:
            self._history = None
            warn_store(error)


@contextmanager
def open_session() -> Iterator[Session]:
    """Open the store and yield a session; without a store questions are answered all the same."""
    from knowledge.store import open_store

    try:
        store = open_store(database_path(), busy_ms=BUSY_MS)
    except KnowledgeError as error:
        warn_store(error)
        yield Session(None)
        return
    try:
        yield Session(store, store)
    finally:
        store.close()


def warn_store(error: KnowledgeError) -> None:
    """Say in one line on standard error that the history is off, and why."""
    language = terminal_language()
    sentence = say("store_unavailable", language, reason=error.in_(language))
    click.echo(f"vrambot: {sentence}", err=True)
