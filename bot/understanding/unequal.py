"""Sequences of unequal lengths: ``one of 4k and two of 1k``; a cache holds all their tokens."""

from __future__ import annotations

from bot.understanding.accepted import tokens_of, whole
from bot.understanding.items import Item
from bot.understanding.reading import Reading

_BETWEEN = frozenset(["of", "at", "with", "的", "a", "long", "条", "个", "each", "tokens", "token"])
_REACH = 4
_MOST = 100_000


def settle_unequal(reading: Reading) -> None:
    """Sum the tokens where several numbers of sequences stand with lengths of their own."""
    if not reading.says("topic", "kv_cache"):
        return
    pairs = [pair for index in range(len(reading.items)) if (pair := _pair(reading, index))]
    if len(pairs) < 2 or len({length for _, length, _ in pairs}) < 2:
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
