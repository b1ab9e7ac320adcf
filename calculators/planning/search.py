"""Monotone search: the largest or the smallest whole number for which something holds."""

from __future__ import annotations

from collections.abc import Callable


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


def fewest_shares(need: Callable[[int], float], capacity: float, limit: int) -> int | None:
    """Return the smallest k up to ``limit`` with ``need(k) <= capacity``, None if there is none.

    ``need`` must fall with k, nearly as a + b / k: so the answer is guessed from two values and
    then made certain around the guess. ``need`` may return infinity where k cannot be.
    """
    first = need(1)
    if first <= capacity:
        return 1
    last = need(limit)
    if last > capacity:
        return None
    bad, good = 1, limit
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
