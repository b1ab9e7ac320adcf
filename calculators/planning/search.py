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
    bad = good // 2
    while good - bad > 1:
        middle = (good + bad) // 2
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good
