"""A mention handled by vrambot against a bare echo listener, on the same transport.

Both run as processes of their own in front of the same fake Slack, which runs in this process; the
rounds alternate, over signed HTTP and in Socket Mode. Eight people ask at a time, each anew as soon
as the last answer is there. Both hear the same three events for each mention (the mention, the same
as a message, and their own answer), write no access log, log no more than warnings, and post
through one session without retries. The echo is a bare Bolt app, over HTTP in its Starlette adapter
under uvicorn; vrambot takes messages before Bolt, over HTTP in aiohttp.

What is compared is not the same work. The echo acknowledges, then posts the words as text, and
loses the question if it dies in between. vrambot records the question before it acknowledges,
understands and answers it, stores the answer with its full-text index, and posts blocks that are
several times as long. The fake Slack checks these too, on the same processors: its share is shown.
So is what each mention costs the process that talks to Slack, and those beside it that answer
(``VRAMBOT_PROCESSES``, as it is set here or as vrambot chooses it).

vrambot is asked both real questions of the evaluation, each once, and a few questions again and
again, as happens in channels: what it has read and worked out before it need not work out anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.eval.sets import DATA, read_lines
from benchmarks.timing import Times
from bot.fakeslack import FakeSlack

MENTIONS = 150
WARM_UP = 60
ROUNDS = 3
TOGETHER = 8
QUESTIONS = ("7b fp16 adamw", "can 4×V100 train 65B?", "怎么看训练的通信开销", "tf32 多少位")
TRANSPORTS = {"http": "signed HTTP", "socket": "Socket Mode"}
ECHO, ONCE, AGAIN = "bare echo", "vrambot, each once", "vrambot, four again"


def main() -> None:
    """Measure both bots in alternating rounds and print throughput and latency."""
    questions = _questions()
    for transport in TRANSPORTS:
        found: dict[str, list[Round]] = {name: [] for name in questions}
        for _ in range(ROUNDS):
            for name, rounds in found.items():
                rounds.append(asyncio.run(_round(name, transport, questions[name])))
        beside = found[ONCE][0].processes
        print(
            f"mentions: {MENTIONS} a round, {TOGETHER} at a time, {TRANSPORTS[transport]}, "
            f"{len(os.sched_getaffinity(0))} processors, vrambot answers in "
            + (f"{beside} processes" if beside else "threads")
        )
        echo = max(round_.rate for round_ in found[ECHO])
        for name, rounds in found.items():
            _print(name, rounds, echo)


def _print(name: str, rounds: Sequence[Round], echo: float) -> None:
    rate = max(round_.rate for round_ in rounds)
    times = Times(name, [latency for round_ in rounds for latency in round_.latencies_s])
    cpu_s = min(round_.cpu_s for round_ in rounds) / MENTIONS
    beside_s = min(round_.beside_cpu_s for round_ in rounds) / MENTIONS
    fake_s = min(round_.fake_cpu_s for round_ in rounds) / MENTIONS
    print(
        f"  {name:20} {rate:7.1f} mentions/s   p50 {times.median * 1000:6.1f} ms"
        f"   p99 {times.percentile(0.99) * 1000:6.1f} ms   CPU {cpu_s * 1000:5.1f}"
        f" + {beside_s * 1000:.1f} ms each"
        f"   fake Slack {fake_s * 1000:5.1f} ms   to the echo {rate / echo:.2f}"
    )


def _questions() -> dict[str, list[str]]:
    """Return what each subject is asked in a round, the warm-up first."""
    again = [QUESTIONS[i % len(QUESTIONS)] for i in range(WARM_UP + MENTIONS)]
    texts = sorted({str(line["text"]) for line in read_lines(DATA)} - {*QUESTIONS})
    once = random.Random(7).sample(
        [text for text in texts if text.isprintable()], WARM_UP + MENTIONS
    )
    return {ONCE: once, AGAIN: again, ECHO: again}


@dataclass(frozen=True)
class Round:
    """One round: mentions a second, seconds until each reply, processor seconds used.

    ``cpu_s`` are of the process that talks to Slack, ``beside_cpu_s`` of those beside it.
    """

    rate: float
    latencies_s: list[float]
    processes: int
    cpu_s: float
    beside_cpu_s: float
    fake_cpu_s: float


async def _round(name: str, transport: str, questions: Sequence[str]) -> Round:
    async with FakeSlack() as slack, bot_process(name, slack, transport) as process:
        await _ask(slack, [*QUESTIONS, *questions[:WARM_UP]])
        asked = questions[WARM_UP:]
        beside = _children(process.pid)
        cpu_s, beside_s = _cpu_s(process.pid), sum(map(_cpu_s, beside))
        started = time.perf_counter()
        own_cpu_s = time.process_time()
        people = (_ask(slack, asked[first::TOGETHER]) for first in range(TOGETHER))
        latencies = [one for asked in await asyncio.gather(*people) for one in asked]
        wall_s = time.perf_counter() - started
        fake_s = time.process_time() - own_cpu_s
        used_s = _cpu_s(process.pid) - cpu_s, sum(map(_cpu_s, beside)) - beside_s, fake_s
        return Round(MENTIONS / wall_s, latencies, len(beside), *used_s)


def _children(pid: int) -> list[int]:
    """Return the processes that a process started (Linux)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _cpu_s(pid: int) -> float:
    """Return the processor seconds of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _ask(slack: FakeSlack, questions: Sequence[str]) -> list[float]:
    """Mention the bot with one question after the other; return the seconds until each reply."""
    latencies = []
    for question in questions:
        started = time.perf_counter()
        asked = await slack.mention(slack.user, slack.channel, question)
        await slack.reply_to(asked, timeout_s=30)
        latencies.append(time.perf_counter() - started)
    return latencies


@contextlib.asynccontextmanager
async def bot_process(
    name: str, slack: FakeSlack, transport: str = "http", **settings: str
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run vrambot or the echo in front of a fake Slack until the end of the block."""
    port = _free_port()
    environment = {**os.environ, **slack.environment()}
    if transport == "http":
        environment.pop("SLACK_APP_TOKEN", None)
    with tempfile.TemporaryDirectory() as home:
        environment |= {"VRAMBOT_HOME": home, "VRAMBOT_PORT": str(port)}
        environment["VRAMBOT_LOG_LEVEL"] = "warning"
        # One person in one channel asks more here than anybody may.
        environment |= {"VRAMBOT_USER_PER_MINUTE": "0", "VRAMBOT_CHANNEL_PER_MINUTE": "0"}
        environment |= settings
        command = ["-m", "bot", "serve"]
        if name == ECHO:
            command = ["-m", "benchmarks.echo_bot", str(port)]
        process = subprocess.Popen(
            [sys.executable, *command], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            if transport == "http":
                await _listening(port)
                slack.request_url = f"http://127.0.0.1:{port}/slack/events"
            else:
                await slack.wait_connected(timeout_s=60)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


async def _listening(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("the bot did not start to listen")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
