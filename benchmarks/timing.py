"""Timing of small calls: interleaved with their baseline, so that a busy machine hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Durations of one thing, in seconds."""

    name: str
    durations_s: Sequence[float]

    def percentile(self, share: float) -> float:
        """Return the duration below which ``share`` of the calls stay."""
        ordered = sorted(self.durations_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    @property
    def median(self) -> float:
        """Return the median duration."""
        return statistics.median(self.durations_s)


def measure(
    subject: Callable[[], object], baseline: Callable[[], object], count: int
) -> tuple[list[float], list[float]]:
    """Call both in turn ``count`` times and return their durations."""
    durations: tuple[list[float], list[float]] = ([], [])
    for _ in range(count):
        for index, call in enumerate((subject, baseline)):
            started = time.perf_counter()
            call()
            durations[index].append(time.perf_counter() - started)
    return durations


def report(subject: Times, baseline: Times) -> None:
    """Print p50 and p99 of both and the ratio of the medians."""
    for times in (subject, baseline):
        print(
            f"  {times.name:52} p50 {_shown(times.median)}   p99 {_shown(times.percentile(0.99))}"
        )
    print(f"  {'ratio of the medians':52} {subject.median / baseline.median:.2f}")


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:9.3f} ms"
