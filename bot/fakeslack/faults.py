"""Trouble on demand: what the next calls to a method run into instead of an answer."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from bot.fakeslack.records import Json

FaultKind = Literal["error", "rate_limit", "status", "slow", "cut"]


@dataclass(slots=True)
class Fault:
    """One kind of trouble, for the next ``times`` calls.

    ``after_effect`` lets the call take effect first and spoils only the answer: the message is
    posted, and the caller does not learn of it.
    """

    kind: FaultKind
    times: int
    code: str = ""
    status: int = 500
    seconds: float = 0.0
    after_effect: bool = False
    extra: Json = field(default_factory=dict)


class Faults:
    """The troubles that are waiting, by method; ``*`` stands for every method."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Fault]] = defaultdict(list)

    def error(self, method: str, code: str, *, times: int = 1, **extra: object) -> None:
        """Answer ``{"ok": false, "error": code}``, with ``extra`` beside it."""
        self._waiting[method].append(Fault("error", times, code=code, extra=dict(extra)))

    def rate_limit(self, method: str, *, times: int = 1, retry_after_s: float = 1) -> None:
        """Answer 429 with ``Retry-After``."""
        self._waiting[method].append(Fault("rate_limit", times, seconds=retry_after_s))

    def status(
        self, method: str, status: int = 500, *, times: int = 1, after_effect: bool = False
    ) -> None:
        """Answer an HTTP status with a body that is no JSON."""
        fault = Fault("status", times, status=status, after_effect=after_effect)
        self._waiting[method].append(fault)

    def slow(self, method: str, seconds: float, *, times: int = 1) -> None:
        """Answer rightly, after a wait."""
        self._waiting[method].append(Fault("slow", times, seconds=seconds))

    def cut(self, method: str, *, times: int = 1, after_effect: bool = False) -> None:
        """Close the connection without an answer."""
        self._waiting[method].append(Fault("cut", times, after_effect=after_effect))

    def clear(self) -> None:
        """Forget all troubles that have not struck yet."""
        self._waiting.clear()

    async def next(self, method: str) -> Fault | None:
        """Take the trouble for a call that just arrived; a slow answer waits here."""
        for queue in (self._waiting[method], self._waiting["*"]):
            if not queue:
                continue
            fault = queue[0]
            fault.times -= 1
            if fault.times <= 0:
                queue.pop(0)
            if fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
                return None
            return fault
        return None


class PostingLimit:
    """Slack's limit of about one post a second in a channel, as a token bucket."""

    def __init__(self, posts_per_s: float, burst: int) -> None:
        self._posts_per_s = posts_per_s
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, channel_id: str) -> float:
        """Count a post; give 0, or the seconds to wait when there were too many."""
        now_s = time.monotonic()
        left, at_s = self._buckets.get(channel_id, (float(self._burst), now_s))
        left = min(float(self._burst), left + (now_s - at_s) * self._posts_per_s)
        if left < 1:
            self._buckets[channel_id] = (left, now_s)
            return (1 - left) / self._posts_per_s
        self._buckets[channel_id] = (left - 1, now_s)
        return 0.0
