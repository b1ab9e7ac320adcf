"""``python -m benchmarks.scale_history [SIZE …]``: past answers, ten thousand to a million.

The questions are those of ``benchmarks.scale``, a number in each; every tenth was asked in a
direct message, which nobody else may see. Searched are two or three words of a question; similar
ones are asked with the question's own words. Each size runs in a process of its own. Printed per
size: build time, file, memory, and for both p50 and p99 by the wall and p99 of the processor's
time, which a busy machine leaves alone; last, how often the question is among what was found.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.scale import SIZES, Timed, questions
from knowledge.history import PastAnswer
from knowledge.store.connection import Connections
from knowledge.store.sqlite import open_store
from knowledge.store.sqlite_history import SqliteHistory, answer_row, insert_answer
from knowledge.visibility import Place, Viewer

LOOKED_UP = 300
_CHANNEL = Place(workspace="T1", channel="C1", kind="public")
_DIRECT = Place(workspace="T1", channel="D1", kind="dm")
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def main(arguments: Sequence[str]) -> None:
    """Run the sizes given, or all."""
    if arguments[:1] == ["--one"]:
        measure(int(arguments[1]))
        return
    print(f"{'answers':>9} {'build s':>8} {'file MB':>8} {'RSS MB':>7}", end="")
    for what in ("search", "similar"):
        print(f" {what:>7} {'p50 ms':>7} {'p99 ms':>7} {'cpu p99':>7} {'found':>6}", end="")
    print()
    for size in arguments or map(str, SIZES):
        subprocess.run(
            [sys.executable, "-m", "benchmarks.scale_history", "--one", size], check=True
        )


def measure(size: int) -> None:
    """Store ``size`` answers and print their row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.db"
        open_store(path).close()
        connections = Connections(path)
        started = time.perf_counter()
        with connections.write() as connection:
            for past in answers(size):
                insert_answer(connection, answer_row(past))
        build_s = time.perf_counter() - started
        history = SqliteHistory(connections)
        viewer = Viewer("U0", _CHANNEL)
        asked = list(lookups(size))
        searched = Timed(asked, lambda pair: _has(pair, history.search(pair[1], viewer)))
        similar = Timed(asked, lambda pair: _has(pair, history.similar(pair[2], viewer)))
        memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        file_mb = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        connections.close()
    print(f"{size:>9} {build_s:>8.1f} {file_mb:>8.0f} {memory_mb:>7.0f}", end="")
    for timed in (searched, similar):
        cells = (timed.wall_ms(0.5), timed.wall_ms(0.99), timed.cpu_ms(0.99))
        found = sum(timed.results) / len(asked)
        print(f" {'':>7} {cells[0]:>7.2f} {cells[1]:>7.2f} {cells[2]:>7.2f} {found:>6.1%}", end="")
    print(flush=True)


def answers(size: int) -> Iterator[PastAnswer]:
    """Yield ``size`` synthetic past answers, always the same ones."""
    source = random.Random(5)
    for number, question in enumerate(questions(size)):
        query = f"{question} {source.randint(1, 80)}b"
        yield PastAnswer(
            id=f"a{number}",
            query=query,
            language="en",
            kind="calculation",
            entry_id=None,
            text=f"{question} takes {source.randint(1, 900)} GB of memory on each card",
            answer={"headline": question},
            asker=f"U{number % 50}",
            place=_CHANNEL if number % 10 else _DIRECT,
            asked_at=_FIRST + timedelta(seconds=number),
        )


def lookups(size: int) -> Iterator[tuple[str, str, str]]:
    """Yield (id of an answer in the channel, a few words of its question, the question)."""
    source = random.Random(13)
    chosen = {number for number in source.sample(range(size), LOOKED_UP * 10 // 9) if number % 10}
    for number, past in enumerate(answers(size)):
        if number in chosen:
            words = past.query.split()[:-1]
            yield past.id, " ".join(source.sample(words, min(3, len(words)))), past.query


def _has(pair: tuple[str, str, str], found: Sequence[PastAnswer]) -> bool:
    return any(past.id == pair[0] for past in found)


if __name__ == "__main__":
    main(sys.argv[1:])
