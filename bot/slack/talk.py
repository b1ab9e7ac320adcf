"""In which threads people are talking to each other just now: kept in memory, for minutes."""

from __future__ import annotations

import time
from collections.abc import Callable

RECENT_S = 600.0
MOST_THREADS = 2_000
Thread = tuple[str, str, str]


class Talk:
    """Who last said something in a thread that was not for the bot; nothing of what was said."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[Thread, tuple[str, float]] = {}

    def heard(self, thread: Thread, user: str) -> None:
        """Note that ``user`` said something to the others in ``thread``."""
        self._last.pop(thread, None)
        self._last[thread] = (user, self._clock())
        if len(self._last) > MOST_THREADS:
            del self._last[next(iter(self._last))]

    def over(self, thread: Thread) -> None:
        """Note that the thread has turned to the bot."""
        self._last.pop(thread, None)

    def goes_on(self, thread: Thread, user: str) -> bool:
        """Return whether somebody else than ``user`` has just talked there."""
        last = self._last.get(thread)
        return last is not None and last[0] != user and last[1] > self._clock() - RECENT_S
