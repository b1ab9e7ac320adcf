"""A size said as a multiple of another: ``half the size of 70B``, ``比 7B 大一倍``.

The model that is meant has no name: it is one of typical shape, of the size that comes out.
"""

from __future__ import annotations

from bot.understanding.factors import factor_at
from bot.understanding.reading import Reading

_LARGER = {"大一倍": 2.0, "大两倍": 3.0, "小一半": 0.5, "小一倍": 0.5, "大三倍": 4.0}
# What may stand between the factor and the size, and which of it says that sizes are compared.
_BEFORE_SIZE = frozenset(["the", "a", "an", "of", "that", "our", "my", "as", "times", "倍", "于",
                          "x", "个", "by"])  # fmt: skip
_COMPARING = frozenset(["size", "size of", "sizes of", "the size of", "big", "large", "big as",
                        "large as", "as big as", "as large as", "as big", "as large", "于", "个",
                        "parameters", "params", "larger than", "bigger than"])  # fmt: skip
_AFTER_SIZE = frozenset(["的", "大小", "参数", "参数量", "规模"])
_OF_A_SIZE = ("大", "大小", "规模", "模型", "参数")
_REACH = 6


def settle_multiples(reading: Reading) -> None:
    """Multiply the size that such words stand beside; the fact ``size_of`` says which it was."""
    value = reading.facts.get("params")
    if not isinstance(value, int | float):
        return
    for index, item in enumerate(reading.items):
        factor = None if item.used else factor_at(reading.items, index)
        size = _size_after(reading, index) if factor else None
        if factor and size is None:
            size = _size_before(reading, index)
        if not item.used and item.word in _LARGER and _is_compared(reading, index):
            factor, size = _LARGER[item.word], _nearest(reading, index, -1)
        if factor and size is not None:
            _settle(reading, index, size, float(value) * factor)
            return


def _settle(reading: Reading, operator: int, size: int, value: float) -> None:
    base = reading.items[size]
    for item in reading.items[min(operator, size) : max(operator, size) + 1]:
        item.slots.add("size_of")
    for item in reading.items:
        if item.word == "比":
            item.slots.add("size_of")
    base.slots -= {"params", "model"}
    reading.facts.pop("model", None)
    reading.said_values.pop("model", None)
    reading.facts |= {"params": value, "size_of": base.text}


def _is_size(reading: Reading, index: int) -> bool:
    item = reading.at(index)
    return item is not None and bool(item.slots & {"params", "model"})


def _size_after(reading: Reading, index: int) -> int | None:
    """``half the size of 70b``, ``twice as big as llama-2-13b``, ``4 倍于 7B``."""
    compares = False
    for place in range(index + 1, min(index + 1 + _REACH, len(reading.items))):
        if _is_size(reading, place):
            return place if compares else None
        word = reading.items[place].word
        if word not in _BEFORE_SIZE | _COMPARING:
            return None
        compares = compares or word in _COMPARING
    return None


def _size_before(reading: Reading, index: int) -> int | None:
    """``70B 一半的模型``, ``7B 的两倍大``: the factor stands behind the size, of a size."""
    place = reading.skip(index - 1, -1, _AFTER_SIZE)
    told = reading.items[index + 1 : index + 4]
    of_size = any(item.word in _OF_A_SIZE for item in told if item.quantity is None)
    return place if of_size and _is_size(reading, place) else None


def _is_compared(reading: Reading, index: int) -> bool:
    """``比 7B 大一倍``: a size stands between the two words."""
    return _nearest(reading, index, -1) is not None and any(
        item.word == "比" for item in reading.items[max(0, index - 4) : index]
    )


def _nearest(reading: Reading, index: int, step: int) -> int | None:
    places = range(index + step, max(-1, index - 1 - 3), step)
    return next((place for place in places if _is_size(reading, place)), None)
