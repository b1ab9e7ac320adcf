"""A batch with a bound of its own: ``batch at most 8``, ``batch 不超过 4``; none is sought."""

from __future__ import annotations

from bot.understanding.batches import BATCHES
from bot.understanding.reading import Reading

_BOUNDS = frozenset(
    ["at most", "at max", "not over", "not above", "not more than", "no more than", "up to",
     "no larger than", "not exceeding", "not to exceed", "limited to", "capped at", "<=", "≤",
     "最多", "至多", "顶多", "最大", "最大为", "最多为", "不超过", "不大于", "不多于", "不高于",
     "上限", "上限为", "限制为", "max"]
)  # fmt: skip
_BEFORE = frozenset(["of", "is", "size", "is at", "大小", "是"])
_LONGEST = 4


def bounded(reading: Reading, index: int, key: str) -> int | None:
    """Return where the number stands that bounds the batch named at ``index``, if one does.

    The words of the bound are marked as read: the number is the batch.
    """
    if key not in BATCHES:
        return None
    start = reading.skip(index + 1, 1, _BEFORE)
    for place in range(start + 1, start + 1 + _LONGEST):
        number = reading.at(place)
        if number is None:
            return None
        if number.quantity is None:
            continue
        words = [item.word for item in reading.items[start:place]]
        bound = "".join(words) in _BOUNDS or " ".join(words) in _BOUNDS
        free = number.is_kind("number") and not number.quantity.scale and not number.used
        if not (bound and free):
            return None
        for item in reading.items[start:place]:
            item.slots.add(key)
        return place
    return None
