"""Takes rows from a queue of the store and handles several at a time, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from knowledge.store.errors import StoreError

Row = TypeVar("Row")
IDLE_S = 1.0
LEAST_WAIT_S = 0.01
log = structlog.get_logger(__name__)


class Pump(Generic[Row]):
    """Claims rows and handles up to ``slots`` of them at once.

    ``ring`` says that there may be work; without it the queue is looked at when a row becomes
    due, and every second, for what another process left.
    """

    def __init__(
        self,
        name: str,
        claim: Callable[[], Awaitable[Row | None]],
        handle: Callable[[Row], Awaitable[None]],
        due_s: Callable[[], Awaitable[float | None]],
        slots: int,
    ) -> None:
        self._name = name
        self._due_s = due_s
        self._claim = claim
        self._handle = handle
        self._slots = asyncio.Semaphore(slots)
        self._bell = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._empty = False

    def start(self) -> None:
        """Begin to take rows."""
        self._loop = asyncio.create_task(self._take(), name=f"pump-{self._name}")

    def ring(self) -> None:
        """Say that there may be work."""
        self._empty = False
        self._idle.clear()
        self._bell.set()

    @property
    def alive(self) -> bool:
        """Whether rows are being taken."""
        return self._loop is not None and not self._loop.done()

    async def drained(self) -> None:
        """Wait until nothing is due and nothing is being handled."""
        self.ring()
        await self._idle.wait()

    async def stop(self) -> None:
        """Stop taking rows and abandon those in hand; their leases bring them back."""
        tasks = [task for task in (self._loop, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self) -> None:
        while True:
            await self._slots.acquire()
            self._bell.clear()
            self._empty = True
            row = await self._next()
            if row is None:
                self._slots.release()
                await self._wait()
                continue
            self._empty = False
            task = asyncio.create_task(self._work(row))
            self._running.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slots.release()
        self._note_idle()

    def _note_idle(self) -> None:
        """Say so when nothing was found and nothing is being handled."""
        if self._empty and not self._running:
            self._idle.set()

    async def _next(self) -> Row | None:
        try:
            return await self._claim()
        except StoreError as error:
            log.error("queue_unreadable", queue=self._name, reason=str(error))
            return None

    async def _wait(self) -> None:
        """Sleep until the bell rings, a row is due, or a second has passed."""
        self._note_idle()
        if self._bell.is_set():
            return
        try:
            due_s = await self._due_s()
        except StoreError:
            due_s = None
        wait_s = IDLE_S if due_s is None else min(IDLE_S, max(LEAST_WAIT_S, due_s))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._bell.wait()

    async def _work(self, row: Row) -> None:
        try:
            await self._handle(row)
        except StoreError as error:
            log.error("queue_unwritable", queue=self._name, reason=str(error))
        except Exception:
            log.exception("row_failed", queue=self._name)
