"""How much one person and one channel may ask in a minute, counted in this process.

Only what is admitted counts. What is over the limit is turned away before it is accepted, with one
note a minute; nothing that was accepted is ever dropped.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Literal

WINDOW_S = 60.0
MOST_KEYS = 10_000
Key = tuple[str, str, str]
Verdict = Literal["admitted", "refused_first", "refused"]


class Limits:
    """Sliding windows of a minute by (workspace, user) and (workspace, channel); 0 is no limit.

    Used from the event loop alone.
    """

    def __init__(
        self, per_user: int, per_channel: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = {"user": per_user, "channel": per_channel}
        self._clock = clock
        self._asked: dict[Key, deque[float]] = {}
        self._told: dict[Key, float] = {}

    def admit(self, workspace: str, user: str, channel: str) -> Verdict:
        """Count a question if it is within both limits; else say whether to tell its asker."""
        now = self._clock()
        keys: tuple[Key, Key] = ((workspace, "user", user), (workspace, "channel", channel))
        if any(self._full(key, now) for key in keys):
            return self._refuse((workspace, user, channel), now)
        for key in keys:
            # The least recently used keys go first.
            window = self._asked.pop(key, None) or deque()
            window.append(now)
            self._asked[key] = window
        while len(self._asked) > MOST_KEYS:
            del self._asked[next(iter(self._asked))]
        return "admitted"

    def _full(self, key: Key, now: float) -> bool:
        most, window = self._most[key[1]], self._asked.get(key)
        if not most or window is None:
            return False
        while window and window[0] <= now - WINDOW_S:
            window.popleft()
        return len(window) >= most

    def _refuse(self, asker: Key, now: float) -> Verdict:
        told = self._told.get(asker)
        if told is not None and told > now - WINDOW_S:
            return "refused"
        self._told.pop(asker, None)
        self._told[asker] = now
        if len(self._told) > MOST_KEYS:
            del self._told[next(iter(self._told))]
        return "refused_first"
