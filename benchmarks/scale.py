"""``python -m benchmarks.scale [SIZE …]``: the ranker with ten thousand to a million entries.

The entries are synthetic: questions of Zipf-distributed words of both languages, half of them with
words that every other entry has too, so that a plain ``OR`` would touch most of the table. Queries
are entries with a third of the words left out. Each size runs in a process of its own, for its
memory. Printed per size: build time, file, memory, p50 and p99 by the wall, p99 of the processor's
time (which a busy machine leaves alone), and how often the entry is found; beside it a plain FTS5
``OR`` with BM25 over the same table.
"""

from __future__ import annotations

import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Generic, TypeVar

from knowledge.matching.builtin import packaged_model
from knowledge.matching.ranker import LearnedRanker
from knowledge.matching.sqlite_index import SqliteIndex
from knowledge.matching.terms import index_terms
from knowledge.text import read

SIZES = (10_000, 100_000, 1_000_000)
QUERIES = 300
PLAIN_QUERIES = 20
_COMMON = ("显存", "模型", "训练", "怎么", "gpu", "memory", "model", "how", "多少", "the")
_SYLLABLES = ("ka", "lo", "mi", "ter", "ran", "sol", "vex", "pu", "dri", "gno", "eth", "quo")


Asked = TypeVar("Asked")
Result = TypeVar("Result")


class Timed(Generic[Asked, Result]):
    """What a function returned for each of many, and how long it took, in milliseconds."""

    def __init__(self, asked: Iterable[Asked], action: Callable[[Asked], Result]) -> None:
        """Call ``action`` with each of ``asked``, in order."""
        self.results: list[Result] = []
        self._wall_s: list[float] = []
        self._cpu_s: list[float] = []
        for one in asked:
            wall, cpu = time.perf_counter(), time.thread_time()
            self.results.append(action(one))
            self._cpu_s.append(time.thread_time() - cpu)
            self._wall_s.append(time.perf_counter() - wall)

    def wall_ms(self, share: float) -> float:
        """Return the time by the wall below which ``share`` of the calls stay."""
        return _at(self._wall_s, share)

    def cpu_ms(self, share: float) -> float:
        """Return the processor's time below which ``share`` of the calls stay."""
        return _at(self._cpu_s, share)


def main(arguments: Sequence[str]) -> None:
    """Run the sizes given, or all."""
    if arguments[:1] == ["--one"]:
        measure(int(arguments[1]))
        return
    print(
        f"{'entries':>9} {'build s':>8} {'file MB':>8} {'RSS MB':>7} {'p50 ms':>7} {'p99 ms':>7}",
        end="",
    )
    print(f" {'cpu p99':>7} {'top-1':>6} {'top-5':>6} {'OR p50':>7} {'OR p99':>7}")
    for size in arguments or map(str, SIZES):
        subprocess.run([sys.executable, "-m", "benchmarks.scale", "--one", size], check=True)


def measure(size: int) -> None:
    """Build an index of ``size`` entries and print its row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.db"
        model = packaged_model()
        started = time.perf_counter()
        index = SqliteIndex(str(path))
        index.add(model.phrasings)
        index.add((f"e{n}", index_terms(read(text))) for n, text in enumerate(questions(size)))
        build_s = time.perf_counter() - started
        ranker = LearnedRanker(model, index)
        asked = list(queries(size))
        ranker.rank(asked[0][1])
        timed = Timed(asked, lambda pair: [c.id for c in ranker.rank(pair[1]).candidates])
        found = [(f"e{number}", ids) for (number, _), ids in zip(asked, timed.results, strict=True)]
        first = sum(ids[:1] == [name] for name, ids in found)
        among = sum(name in ids for name, ids in found)
        memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        plain = Timed(asked[:PLAIN_QUERIES], _plain(path))
        cells = (path.stat().st_size / 1e6, memory_mb, timed.wall_ms(0.5), timed.wall_ms(0.99))
        print(f"{size:>9} {build_s:>8.1f} {cells[0]:>8.0f} {cells[1]:>7.0f}", end="")
        print(f" {cells[2]:>7.2f} {cells[3]:>7.2f} {timed.cpu_ms(0.99):>7.2f}", end="")
        print(f" {first / len(asked):>6.1%} {among / len(asked):>6.1%}", end="")
        print(f" {plain.wall_ms(0.5):>7.1f} {plain.wall_ms(0.99):>7.1f}", flush=True)


def questions(size: int) -> Iterator[str]:
    """Yield ``size`` synthetic questions, always the same ones."""
    words = _vocabulary()
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(words))))
    source = random.Random(7)
    for _ in range(size):
        text = source.choices(words, cum_weights=weights, k=source.randint(5, 9))
        if source.random() < 0.5:
            text += source.sample(_COMMON, 3)
        yield " ".join(text)


def queries(size: int) -> Iterator[tuple[int, str]]:
    """Yield (number of the entry, its question with a third of the words left out)."""
    source = random.Random(11)
    chosen = set(source.sample(range(size), QUERIES))
    for number, text in enumerate(questions(size)):
        if number in chosen:
            words = text.split()
            kept = sorted(source.sample(range(len(words)), max(2, len(words) * 2 // 3)))
            yield number, " ".join(words[at] for at in kept)


def _vocabulary() -> list[str]:
    source = random.Random(3)
    latin = {"".join(source.choices(_SYLLABLES, k=source.randint(2, 4))) for _ in range(20_000)}
    chinese = {
        "".join(chr(0x4E00 + source.randrange(3_000)) for _ in range(source.randint(2, 3)))
        for _ in range(20_000)
    }
    words = sorted(latin | chinese)
    source.shuffle(words)
    return [*_COMMON, *words]


def _plain(path: Path) -> Callable[[tuple[int, str]], object]:
    database = sqlite3.connect(path)

    def ask(pair: tuple[int, str]) -> object:
        expression = " OR ".join(f'"{term}"' for term in dict.fromkeys(index_terms(read(pair[1]))))
        statement = (
            "SELECT rowid FROM phrasing_fts WHERE phrasing_fts MATCH ? ORDER BY rank LIMIT 5"
        )
        return database.execute(statement, (expression,)).fetchall()

    return ask


def _at(durations_s: Sequence[float], share: float) -> float:
    ordered = sorted(durations_s)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3


if __name__ == "__main__":
    main(sys.argv[1:])
