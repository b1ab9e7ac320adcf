"""Monotone search: the largest or the smallest whole number for which something holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

PROBE = 64
"""Where the growth of a need is first looked at."""


def largest(holds: Callable[[int], bool], limit: int, *, start: int = 1) -> int:
    """Return the largest number up to ``limit`` for which ``holds``, 0 when 1 does not.

    ``holds`` must be true up to some number and false beyond it.
    """
    if not holds(1):
        return 0
    good, step = 1, max(start, 2)
    while step <= limit and holds(step):
        good, step = step, step * 2
    bad = min(step, limit + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good


def largest_within(need: Callable[[int], float], capacity: float, limit: int) -> int:
    """Return the largest k up to ``limit`` with ``need(k) <= capacity``, 0 when 1 needs more.

    ``need`` must grow with k. Where it grows nearly as a + b * k, a few calls are enough: the
    answer is guessed along a line, and its neighbour tried. Every third call halves what is left,
    so that no other shape takes long. ``need`` may return infinity where k cannot be.
    """
    good, low = 1, need(1)
    if low > capacity:
        return 0
    bad, calls = limit + 1, 0
    guess = min(PROBE, limit)
    while bad - good > 1:
        value = need(guess)
        calls += 1
        slope = (value - low) / (guess - good)
        if value <= capacity:
            good, low = guess, value
        else:
            bad = guess
        if calls % 3 and 0 < slope < float("inf"):
            guess = good + int((capacity - low) / slope)
        else:
            guess = (good + bad) // 2 if bad <= limit else good * 2
        guess = max(good + 1, min(guess, bad - 1))
    return good


def smallest(holds: Callable[[int], bool], limit: int) -> int | None:
    """Return the smallest number up to ``limit`` for which ``holds``, None when there is none.

    ``holds`` must be false up to some number and true from it on.
    """
    good = 1
    while not holds(good):
        if good >= limit:
            return None
        good = min(good * 2, limit)
    return _bisect(holds, good // 2, good)


def smallest_from(start: int, limit: int, holds: Callable[[int], bool]) -> int | None:
    """Return the smallest number from ``start`` to ``limit`` for which ``holds``, one by one."""
    return next((number for number in range(start, limit + 1) if holds(number)), None)


def fewest_shares(need: Callable[[int], float], capacity: float, limit: int) -> int | None:
    """Return the smallest k up to ``limit`` with ``need(k) <= capacity``, None if there is none.

    ``need`` must fall with k, nearly as a + b / k: so the answer is guessed from two values and
    then made certain around the guess. ``need`` may return infinity where k cannot be, and may
    rise again far out, as FSDP2's padded experts do: then k is looked for in powers of two.
    """
    first = need(1)
    if first <= capacity:
        return 1
    good, last = limit, need(limit)
    if last > capacity:
        found = next((k for k in _doubling(limit) if need(k) <= capacity), None)
        if found is None:
            return None
        good, last = found, need(found)
    bad = 1
    for _ in range(4):
        if good - bad <= 1:
            break
        guess = _interpolated(bad, first, good, last, capacity)
        value = need(guess)
        if value <= capacity:
            good, last = guess, value
        else:
            bad, first = guess, value
        if value <= capacity and guess - 1 > bad:
            below = need(guess - 1)
            if below > capacity:
                return guess
            good, last = guess - 1, below
    return _bisect(lambda k: need(k) <= capacity, bad, good)


def _doubling(limit: int) -> Iterator[int]:
    number = 2
    while number < limit:
        yield number
        number *= 2


def _interpolated(bad: int, first: float, good: int, last: float, capacity: float) -> int:
    slope = (first - last) / (1 / bad - 1 / good)
    floor = last - slope / good
    if not 0 < slope < float("inf") or capacity <= floor:
        return (bad + good) // 2
    return min(good - 1, max(bad + 1, -int(-slope // (capacity - floor))))


def _bisect(holds: Callable[[int], bool], bad: int, good: int) -> int:
    while good - bad > 1:
        middle = (good + bad) // 2
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good
