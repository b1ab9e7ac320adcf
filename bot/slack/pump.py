"""Takes rows from a queue of the store and handles several at a time, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Generic, TypeVar

import structlog

from knowledge.store.errors import StoreError, StoreLocked

Row = TypeVar("Row")
Taken = tuple[list[Row], float | None]
IDLE_S = 1.0
LEAST_WAIT_S = 0.01
log = structlog.get_logger(__name__)


def take_up_to(
    limit: int, claim: Callable[[], Row | None], due_s: Callable[[], float | None]
) -> Taken[Row]:
    """Claim up to ``limit`` rows; with fewer, say too in how many seconds the next is due."""
    rows: list[Row] = []
    try:
        while len(rows) < limit:
            row = claim()
            if row is None:
                return rows, due_s()
            rows.append(row)
    except StoreLocked:
        # What was claimed is in hand; the rest is looked for again.
        if not rows:
            raise
    return rows, 0.0


class Slot(Generic[Row]):
    """A place kept for a row that is about to be stored; ``free`` is False when there was none."""

    def __init__(self, free: bool, ring: Callable[[], None]) -> None:
        self.free = free
        self.row: Row | None = None
        self._ring = ring

    def stored(self, row: Row) -> None:
        """Say that the row is in the store: leased to this process if the slot is free."""
        if self.free:
            self.row = row
        else:
            self._ring()


class Pump(Generic[Row]):
    """Takes rows and handles up to ``slots`` of them at once.

    ``take(limit)`` claims rows and says when the next is due. ``ring`` says that there may be
    work; without it the queue is looked at when a row becomes due, and every second, for what
    another process left. A row that is stored while a ``slot`` is free needs no claim.
    """

    def __init__(
        self,
        name: str,
        take: Callable[[int], Awaitable[Taken[Row]]],
        handle: Callable[[Row], Awaitable[None]],
        slots: int,
    ) -> None:
        self._name = name
        self._take = take
        self._handle = handle
        self._slots = slots
        self._bell = asyncio.Event()
        self._idle = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._kept = 0
        self._loop: asyncio.Task[None] | None = None
        self._empty = False

    def start(self) -> None:
        """Begin to take rows."""
        self._loop = asyncio.create_task(self._run(), name=f"pump-{self._name}")

    def ring(self) -> None:
        """Say that there may be work."""
        self._empty = False
        self._idle.clear()
        self._bell.set()

    @contextlib.contextmanager
    def slot(self) -> Iterator[Slot[Row]]:
        """Keep a slot, if one is free, for a row that is stored meanwhile; then it is handled."""
        slot: Slot[Row] = Slot(self._free > 0, self.ring)
        self._kept += slot.free
        try:
            yield slot
        finally:
            self._kept -= slot.free
            if slot.row is not None:
                self._idle.clear()
                self._handle_soon(slot.row)
            elif slot.free:
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

    async def _run(self) -> None:
        while True:
            wait_s = IDLE_S
            free = self._free
            if free > 0:
                self._bell.clear()
                self._kept += free
                try:
                    rows, due_s = await self._next(free)
                finally:
                    self._kept -= free
                for row in rows:
                    self._handle_soon(row)
                self._empty = len(rows) < free and due_s != 0.0 and not self._bell.is_set()
                self._note_idle()
                if len(rows) == free:
                    # All slots are taken: the end of a row rings the bell.
                    continue
                wait_s = IDLE_S if due_s is None else min(IDLE_S, max(LEAST_WAIT_S, due_s))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._bell.wait()
            if free <= 0:
                self._bell.clear()

    @property
    def _free(self) -> int:
        return self._slots - len(self._running) - self._kept

    def _handle_soon(self, row: Row) -> None:
        task = asyncio.create_task(self._work(row))
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        full = self._free <= 0
        self._running.discard(task)
        if full:
            self._bell.set()
        self._note_idle()

    def _note_idle(self) -> None:
        """Say so when nothing was found and nothing is being handled."""
        if self._empty and not self._running and not self._kept:
            self._idle.set()

    async def _next(self, limit: int) -> Taken[Row]:
        try:
            return await self._take(limit)
        except StoreError as error:
            log.error("queue_unreadable", queue=self._name, reason=str(error))
            return [], None

    async def _work(self, row: Row) -> None:
        try:
            await self._handle(row)
        except StoreError as error:
            log.error("queue_unwritable", queue=self._name, reason=str(error))
        except Exception:
            log.exception("row_failed", queue=self._name)
