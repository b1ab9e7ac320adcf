"""The format of the KV cache, told from that of the weights: ``int8 kv``, ``kv 量化到 4bit``."""

from __future__ import annotations

import re

from bot.understanding.cues import Cues
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading

_LEADING = glue("before_cache_format")
_IDLE = frozenset(["kv", "的", "a", "the", "with", "用", "开"])
_WEIGHTS_FIRST = re.compile(r"w\d+a\d+")
_GLUED = {4.0: "int4", 8.0: "int8", 16.0: "fp16"}
_MOST_BETWEEN = 3
_ASKED_BEFORE = 4


def of_cache(reading: Reading, index: int, *, weights_likely: bool) -> bool:
    """Whether the format at ``index`` is the cache's.

    ``weights_likely``: it is one that weights are often kept in; right behind a model's name and
    before the cache (``13b int4 kv cache``) it then is that of the weights.
    """
    after = reading.at(index + 1)
    if _of_weights(reading, index):
        return False
    if after is not None and after.has("topic", "kv_cache"):
        before = reading.at(index - 1)
        named = before is not None and ("model" in before.slots or "params" in before.slots)
        named = named or (
            before is not None and (before.has("model") or before.is_kind("params", "scaled"))
        )
        return not (weights_likely and named)
    place = reading.skip(index - 1, -1, _LEADING)
    before = reading.at(place)
    return before is not None and before.has("topic", "kv_cache")


def _of_weights(reading: Reading, index: int) -> bool:
    """``w4a16``, and ``4bit weights`` behind ``int8 kv``; not ``kv int8 weights int4``."""
    if _WEIGHTS_FIRST.match(reading.items[index].word):
        return True
    after, behind = reading.at(index + 1), reading.at(index + 2)
    if after is None or not after.has("topic", "weights"):
        return False
    before, cache = reading.at(index - 2), reading.at(index - 1)
    paired = before is not None and before.has("format")
    paired = paired and cache is not None and cache.has("topic", "kv_cache")
    return paired or behind is None or not behind.has("format")


def take_glued_format(reading: Reading) -> None:
    """Take the width glued to the cache's name: ``w4a16 kv8``."""
    for index in reading.tagged("topic", "kv_cache"):
        item, number = reading.items[index], reading.at(index + 1)
        if number is None or number.gap or number.used or not number.is_kind("number"):
            continue
        assert number.quantity is not None
        value = _GLUED.get(number.quantity.value)
        if value is not None and item.word == "kv":
            take_cache_format(reading, number, value)
            item.slots.add("state_dtype")


def take_cache_format(reading: Reading, item: Item, value: str) -> None:
    """Take a format for the cache; a second one is kept to be weighed."""
    reading.take(item, "kv_dtype", value)
    reading.said_values.setdefault("kv_dtype", []).append((value, item.text))


def weighed_for_cache(reading: Reading, others: list[tuple[str, Item]]) -> list[tuple[str, Item]]:
    """Take what is weighed against the cache's format for one of the cache too; return the rest."""
    taken = [i for i, item in enumerate(reading.items) if "kv_dtype" in item.slots]
    rest: list[tuple[str, Item]] = []
    for value, item in others:
        index = next(i for i, other in enumerate(reading.items) if other is item)
        if any(_weighed(reading, *sorted((index, place))) for place in taken):
            take_cache_format(reading, item, value)
        else:
            rest.append((value, item))
    return rest


def _weighed(reading: Reading, low: int, high: int) -> bool:
    between = reading.items[low + 1 : high]
    weighing = [i for i in between if i.word == "/" or i.has("weighing", "between")]
    idle = all(item in weighing or item.word in _IDLE for item in between)
    return bool(weighing) and idle and len(between) <= _MOST_BETWEEN


def says_only_its_format(cues: Cues, index: int) -> bool:
    """``q5_k_m … q8 kv`` on a card: the cache is named for its format, the whole is asked for."""
    items = cues.reading.items
    if not items[index].has("topic", "kv_cache") or "kv_dtype" not in cues.reading.facts:
        return False
    places = (index - 1, cues.reading.skip(index + 1, 1, _LEADING))
    beside = [items[place] for place in places if 0 <= place < len(items)]
    if not any("kv_dtype" in item.slots for item in beside):
        return False
    if any(item.has("ask", "how_much") for item in items[max(0, index - _ASKED_BEFORE) : index]):
        return False
    return cues.hardware_said or any("dtype" in item.slots for item in items)
