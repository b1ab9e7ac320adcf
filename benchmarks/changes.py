"""A click that changes one number, and how many calls of the Web API an answer takes.

vrambot runs as a process of its own in front of the fake Slack, over signed HTTP, one person at a
time. Three ways to change a number are timed until the new answer stands in the thread: the form
(the click until it is open, then its submission until the answer), a way that would work (one
click), and, as the baseline, the same said in words. Every change is to a value not seen before, so
that nothing is answered from memory.

Calls are counted by the fake Slack. ``views.open`` is what a form costs; a command that is ready in
time is answered in its acknowledgement, by no call at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from benchmarks.mentions import bot_process
from benchmarks.timing import Times
from bot.fakeslack import FakeSlack
from bot.fakeslack.records import Message
from bot.fakeslack.walk import interactive
from bot.rendering.actions import CHANGE, TRY

TURNS = 120
WARM_UP = 15
QUESTION = "can 4×V100 32G train 65B?"
FORM, SUBMIT, WAY, WORDS = "form opened", "form answered", "way answered", "words answered"
MENTION, COMMAND = "mention", "fast command"


@dataclass
class Found:
    """Seconds by what was timed, and calls of the Web API by what was answered."""

    times_s: dict[str, list[float]] = field(default_factory=dict)
    calls: dict[str, list[int]] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget the warm-up."""
        self.times_s.clear()
        self.calls.clear()


def main() -> None:
    """Measure all of it and print p50, p99 and the calls per answer."""
    found = asyncio.run(_measured())
    print(f"changes: {TURNS} of each, one at a time, signed HTTP")
    for name, times_s in found.times_s.items():
        times = Times(name, times_s)
        p50, p99 = times.median * 1000, times.percentile(0.99) * 1000
        print(f"  {name:16} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")
    print("calls of the Web API per answer: mean, most")
    for name, calls in found.calls.items():
        print(f"  {name:16} {sum(calls) / len(calls):5.2f} {max(calls):3}")


async def _measured() -> Found:
    found = Found()
    async with FakeSlack() as slack, bot_process("changes", slack, VRAMBOT_ACK_BUDGET_MS="500"):
        bench = Bench(slack, found)
        for turn in range(WARM_UP + TURNS):
            if turn == WARM_UP:
                found.clear()
            await bench.turn(turn)
    return found


class Bench:
    """One person who asks, and then changes one number after the other."""

    def __init__(self, slack: FakeSlack, found: Found) -> None:
        self._slack = slack
        self._found = found

    async def turn(self, number: int) -> None:
        """Ask anew, then change it in each of the ways; each turn has numbers of its own."""
        slack = self._slack
        question = f"{QUESTION} seq {12_000 + 8 * number}"
        answer = await self._counted(MENTION, lambda: self._mention(question, None, 1))
        async with self._timed(FORM):
            await slack.click(slack.user, answer, CHANGE)
            view = await slack.wait_for_modal()
        async with self._timed(SUBMIT):
            await slack.submit(slack.user, view, {"seq": str(40_001 + number)})
            await self._reply(answer, 2)
        way = next(e for _, e in interactive(answer.blocks) if e["action_id"].startswith(TRY))
        async with self._timed(WAY):
            await self._counted(WAY, lambda: self._way(answer, way["action_id"]))
        async with self._timed(WORDS):
            await self._mention(f"seq {80_001 + number}", answer.thread_ts, 4)
        await self._counted(COMMAND, lambda: self._command(f"{question} batch 2"))

    async def _mention(self, text: str, thread: str | None, count: int) -> Message:
        slack = self._slack
        said = await slack.mention(slack.user, slack.channel, text, thread)
        return await slack.wait_for_message(
            slack.channel, thread or said.ts, count=count, timeout_s=30
        )

    async def _reply(self, answer: Message, count: int) -> Message:
        return await self._slack.wait_for_message(
            self._slack.channel, answer.thread_ts, count=count, timeout_s=30
        )

    async def _way(self, answer: Message, action_id: str) -> Message:
        await self._slack.click(self._slack.user, answer, action_id)
        return await self._reply(answer, 3)

    async def _command(self, text: str) -> Message:
        slack = self._slack
        reply = await slack.slash(slack.user, slack.channel, "/vram", text)
        if reply.message is None or "GB" not in reply.message.text:
            raise RuntimeError(f"not answered in the acknowledgement: {reply}")
        await asyncio.sleep(0.02)
        return reply.message

    async def _counted(self, name: str, act: Callable[[], Awaitable[Message]]) -> Message:
        before = len(self._slack.calls)
        message = await act()
        self._found.calls.setdefault(name, []).append(len(self._slack.calls) - before)
        return message

    def _timed(self, name: str) -> Stopwatch:
        return Stopwatch(self._found.times_s.setdefault(name, []))


class Stopwatch:
    """Appends the seconds that a block took."""

    def __init__(self, times_s: list[float]) -> None:
        self._times_s = times_s
        self._started_s = 0.0

    async def __aenter__(self) -> None:
        """Start."""
        self._started_s = time.perf_counter()

    async def __aexit__(self, *fault: object) -> None:
        """Stop."""
        self._times_s.append(time.perf_counter() - self._started_s)
