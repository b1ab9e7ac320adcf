"""Sequences of unequal lengths: ``one of 4k and two of 1k``; a cache holds all their tokens."""

from __future__ import annotations

from bot.understanding.accepted import tokens_of, whole
from bot.understanding.items import Item
from bot.understanding.lists import rows, says_either, value_at
from bot.understanding.reading import Reading

_BETWEEN = frozenset(["of", "at", "with", "的", "a", "long", "条", "个", "each", "tokens", "token"])
_TOGETHER = frozenset(
    ["together", "at once", "concurrently", "simultaneously", "in total", "total", "combined",
     "altogether", "一起", "同时", "合计", "总共", "一共"]
)  # fmt: skip
_REACH = 4
_MOST = 100_000


def settle_unequal(reading: Reading) -> None:
    """Sum the tokens where several numbers of sequences stand with lengths of their own."""
    if not reading.says("topic", "kv_cache"):
        return
    pairs = [pair for index in range(len(reading.items)) if (pair := _pair(reading, index))]
    if len(pairs) < 2 or len({length for _, length, _ in pairs}) < 2:
        pairs = _one_each(reading)
    if not pairs:
        return
    for _, _, places in pairs:
        for place in places:
            reading.items[place].slots.add("seq")
    for name in ("batch", "micro_batch", "seq"):
        reading.facts.pop(name, None)
        reading.said_values.pop(name, None)
    reading.open_keys[:] = [key for key in reading.open_keys if key[0] not in ("seq", "sequences")]
    total = sum(count * length for count, length, _ in pairs)
    reading.facts |= {"seq": whole(total), "batch": 1, "summed": True}


def _one_each(reading: Reading) -> list[tuple[float, float, range]]:
    """``4 requests of 1k, 1k, 2k and 4k``: as many lengths as sequences, or all held at once."""
    if not reading.says("key", "sequences") or says_either(reading.items, [0, -1]):
        return []
    together = not reading.words.isdisjoint(_TOGETHER)
    for row in rows(reading.items, _is_length):
        lengths = [tokens_of(value_at(reading.items, place)) for place in row]
        if together or _counted(reading, len(row)):
            ends = [*row[1:], row[-1] + 1]
            places = (range(*stretch) for stretch in zip(row, ends, strict=True))
            return [(1, *pair) for pair in zip(lengths, places, strict=True)]
    return []


def _is_length(item: Item) -> bool:
    long = item.quantity is not None and item.quantity.scale == "k"
    return long and item.is_kind("tokens", "scaled") and item.slots <= {"seq"}


def _counted(reading: Reading, number: int) -> bool:
    """Whether so many sequences are named: ``4 requests``."""
    for index in reading.tagged("key", "sequences"):
        before = reading.at(index - 1)
        if before is not None and _count(before) == number:
            return True
    return False


def _pair(reading: Reading, index: int) -> tuple[float, float, range] | None:
    """Return a number of sequences, their length, and where both stand."""
    count = _count(reading.items[index])
    if count is None or not 1 <= count <= _MOST or count % 1:
        return None
    for place in range(index + 1, min(index + 1 + _REACH, len(reading.items))):
        item = reading.items[place]
        quantity = item.quantity
        if quantity is not None:
            long = item.is_kind("tokens") or (item.is_kind("scaled") and quantity.scale == "k")
            return (count, tokens_of(quantity), range(index, place + 1)) if long else None
        if not (item.word in _BETWEEN or item.has("key", "sequences") or item.has("unit")):
            return None
    return None


def _count(item: Item) -> float | None:
    """Return a small number that may count sequences; a length counts none."""
    if item.quantity is not None:
        return item.quantity.value if item.is_kind("number", "examples") else None
    word = item.get("numword")
    return None if word is None else float(word)
