"""The answering processes together: each free one takes a question, each lost one is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.slack.composing import Composed
from bot.slack.kit import Job
from bot.slack.processes.hand import Hand, HandLost
from bot.slack.processes.wire import READY, Begin, Failed

TRIES = 2
"""How often a question is asked before it counts as failed: what ends two processes is its own."""
ANSWER_S = 10.0
START_S = 60.0
END_S = 2.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
log = structlog.get_logger(__name__)


class AnswerFailed(Exception):
    """No process could answer a question; ``reason`` is for the log."""


class NobodyFree(AnswerFailed):
    """No process was there to take a question: nothing is known against the question."""


class Crew:
    """Answers in ``size`` processes; a question has ``patience_s`` in each that is tried."""

    def __init__(self, begin: Begin, size: int, patience_s: float = ANSWER_S) -> None:
        self.size = size
        self._begin = begin
        self._patience_s = patience_s
        self._hands: set[Hand] = set()
        self._idle: asyncio.LifoQueue[Hand] = asyncio.LifoQueue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def alive(self) -> bool:
        """Whether any process can answer."""
        return any(hand.alive for hand in self._hands)

    @property
    def pids(self) -> list[int]:
        """The processes that can answer now."""
        return [hand.process.pid for hand in self._hands if hand.alive and hand.process]

    async def start(self) -> None:
        """Start all processes, each warm; raises ``HandLost`` when one does not come up."""
        hired = await asyncio.gather(
            *(self._hire() for _ in range(self.size)), return_exceptions=True
        )
        lost = [one for one in hired if isinstance(one, BaseException)]
        if lost:
            await self.stop()
            raise lost[0]

    async def compose(self, job: Job) -> Composed:
        """Have one question answered.

        A process that ends or hangs meanwhile is replaced, and another one asked. Raises
        ``AnswerFailed``, and ``NobodyFree`` where no process was there in time to be asked.
        """
        for _ in range(TRIES):
            hand = await self._free()
            try:
                reply = await hand.exchange(job, self._patience_s)
            except HandLost as lost:
                log.error("process_lost", id=job.asked.id, reason=lost.reason)
                continue
            self._idle.put_nowait(hand)
            if isinstance(reply, Failed):
                raise AnswerFailed(reply.error)
            assert isinstance(reply, Composed)
            return reply
        raise AnswerFailed("every process was lost that tried")

    async def stop(self) -> None:
        """Let the processes end; those that do not are killed."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        hands = list(self._hands)
        for hand in hands:
            hand.close()
        await asyncio.gather(*(_ended(hand) for hand in hands))

    async def _free(self) -> Hand:
        try:
            async with asyncio.timeout(TRIES * self._patience_s):
                while not (hand := await self._idle.get()).alive:
                    pass
                return hand
        except TimeoutError:
            raise NobodyFree("no process was free") from None

    async def _hire(self) -> None:
        """Start one process and wait until it is warm."""
        hand = await Hand.start(self._lost)
        ready = await hand.exchange(self._begin, START_S)
        if ready != READY:
            hand.kill()
            raise HandLost("not ready")
        self._hands.add(hand)
        self._idle.put_nowait(hand)

    def _lost(self, hand: Hand) -> None:
        known = hand in self._hands
        self._hands.discard(hand)
        self._later(_ended(hand))
        if known and not self._stopping:
            log.warning("process_replaced", pid=hand.process.pid if hand.process else None)
            self._later(self._replace())

    async def _replace(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._hire()
                return
            except (HandLost, OSError) as error:
                log.error("process_not_started", reason=str(error))
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _ended(hand: Hand) -> None:
    """Wait for the end of a process that has nothing to do, and see to it."""
    if hand.process is None:
        return
    for _ in range(int(END_S / 0.02)):
        if hand.process.poll() is not None:
            return
        await asyncio.sleep(0.02)
    hand.kill()
    await asyncio.to_thread(hand.process.wait)
