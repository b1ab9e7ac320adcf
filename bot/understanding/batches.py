"""A length beside ``batch``: ``largest batch at 8k`` asks for the batch, it gives none."""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading

BATCHES = frozenset({"batch", "micro_batch", "global_batch"})
_BEFORE_VALUE = glue("before_value")
_TOLD = frozenset(["=", ":", "为", "是", "is", "设为", "取", "->"])
_PEOPLE = glue("people")
_AT = frozenset(["at", "with", "@", "under", "for", "on", "在", "when", "下"])


def is_length(reading: Reading, index: int, place: int, key: str) -> bool:
    """Whether the number at ``place`` beside the batch's name at ``index`` is a length.

    Thousands are one: ``batch 8k``. They are a batch where written as its value (``batch=8k``), or
    of all cards where nothing asks for the largest (``global batch 4k``); tokens are a batch too
    unless the largest is asked for.
    """
    item = reading.items[place]
    if key not in BATCHES or item.quantity is None or item.quantity.scale != "k":
        return False
    between = reading.items[index + 1 : place]
    if between and between[0].word in _TOLD:
        return False
    asked = reading.says("ask", "max") or any(other.word in _AT for other in between)
    return asked or (item.is_kind("scaled") and key != "global_batch")


def settle_batch_lengths(reading: Reading) -> None:
    """Ask back for ``batch 8k`` where a length is given too, or nothing asks for the batch."""
    for key, index in reading.open_keys:
        place = _beside(reading, index, key)
        if place is None or asks_at_length(reading, index, place):
            continue
        item = reading.items[place]
        assert item.quantity is not None
        item.slots.add("batch")
        name = reading.items[index].text
        choices = (f"batch={item.quantity.value:g}", f"max batch at {item.text}")
        reading.problem("ambiguous", f"{name} {item.text}", choices, "batch")


def asks_at_length(reading: Reading, index: int, place: int) -> bool:
    """Whether the batch at ``index`` is asked for at the length at ``place``."""
    if "seq" in reading.facts and "seq" not in reading.items[place].slots:
        return False
    between = reading.items[index + 1 : place]
    return reading.says("ask", "max") or any(item.word in _AT for item in between)


def batch_at_length(reading: Reading) -> bool:
    """Whether a batch without a number stands beside a length: ``batch at 4k for …``."""
    for key, index in reading.open_keys:
        place = _beside(reading, index, key)
        if place is not None and asks_at_length(reading, index, place):
            return True
    return False


def _beside(reading: Reading, index: int, key: str) -> int | None:
    for place in (reading.skip(index + 1, 1, _BEFORE_VALUE | _AT), index - 1):
        item = reading.at(place)
        if item is not None and _free(item) and is_length(reading, index, place, key):
            return place
    return None


def _free(item: Item) -> bool:
    return item.is_kind("scaled", "tokens") and not item.slots - {"seq"}


def rate_of_steps(reading: Reading) -> None:
    """Take ``step time 2.5 s, global batch 4M tokens``: tokens a step over the seconds of one."""
    facts = reading.facts
    tokens, step_s, count = (facts.get(name) for name in ("batch_tokens", "step_s", "gpu_count"))
    if not (tokens and step_s and count) or facts.keys() & {"seq", "tokens_per_s_gpu"}:
        return
    facts["tokens_per_s_gpu"] = tokens / step_s / count
    del facts["step_s"]


def count_people(reading: Reading) -> None:
    """``8 用户``: how many are served at once."""
    if reading.facts.keys() & BATCHES:
        return
    for index, item in list(reading.free("number")):
        after = reading.at(index + 1)
        value = 0.0 if item.quantity is None else item.quantity.value
        if after is not None and after.word in _PEOPLE and value >= 1 and value == int(value):
            reading.take(item, "batch", int(value))
            return
