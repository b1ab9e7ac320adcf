"""Conversations while they are answered: one turn at a time, remembered with the answer.

What a turn leaves behind is not written at once but together with its answer, so that a question
that is answered again after a crash finds the conversation as it was.

In a direct message people answer under each other and not in threads: there a new message goes on
from the last turn, whichever thread that was in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from bot.slack.talk import Talk
from knowledge.history import History
from knowledge.visibility import Place

Key = tuple[str, str, str | None]


class Conversations:
    """``bot.answering.Threads`` over the history, with the writes held back.

    ``thread`` and ``keep_thread`` are called from answering threads, the rest from the loop.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._pending: dict[Key, Mapping[str, Any]] = {}
        self.talk = Talk()
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    def thread(self, place: Place) -> Mapping[str, Any] | None:
        """Return the state kept for a conversation, or None."""
        kept = self._history.thread(place)
        if kept is None and place.kind == "dm":
            return self._history.thread(_whole(place))
        return kept

    def keep_thread(self, place: Place, state: Mapping[str, Any]) -> None:
        """Hold the state until the turn's answer is stored."""
        self._pending[_key(place)] = state

    @asynccontextmanager
    async def turn(self, place: Place) -> AsyncIterator[None]:
        """Wait for the turns before this one in the same conversation."""
        key = _key(place)
        lock = self._turns.setdefault(key, asyncio.Lock())
        async with lock:
            try:
                yield
            finally:
                self.over(place)

    def over(self, place: Place) -> None:
        """Forget what the turn left behind: it is stored, or will not be."""
        self._pending.pop(_key(place), None)

    def left_behind(self, place: Place) -> dict[Place, Mapping[str, Any]]:
        """Return what this turn leaves behind, and where, to be stored with its answer."""
        state = self._pending.get(_key(place))
        if state is None:
            return {}
        places = (place, _whole(place)) if place.kind == "dm" else (place,)
        return dict.fromkeys(places, state)


def _whole(place: Place) -> Place:
    return replace(place, thread=None)


def _key(place: Place) -> Key:
    """Return what a turn waits for: its thread, in a direct message all that is said there."""
    return place.workspace, place.channel, None if place.kind == "dm" else place.thread
