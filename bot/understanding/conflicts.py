"""Two values of one setting: weighed against each other, or a question back which one is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bot.understanding.items import Item
from bot.understanding.lists import listed, rows
from bot.understanding.reading import Reading

_TAGS = {"dtype": "format", "optimizer": "optimizer", "method": "method", "sharding": "sharding"}
_NUMBERS = ("batch", "micro_batch", "global_batch", "seq", "lora_rank", "tp", "pp", "dp",
            "kv_dtype", "gpu_count", "utilization_percent")  # fmt: skip
_SIXTEEN_BIT = frozenset({"fp16", "bf16"})
# ``int4 gguf``, ``4-bit nf4``: one width by two names.
_QUANTISED = re.compile(r"(?:int|i?q|nf)(\d)")
# Sharding that goes with any other word for it: FSDP does what ZeRO does, both build on DDP.
_SHARDED_ANYHOW = frozenset({"none", "fsdp2"})
_TOO = frozenset(["呢", "yes", "then"])
_WHAT_ABOUT = frozenset(["what about", "how about", "and with", "那", "那么", "换成", "换", "改成"])
_LISTING = frozenset(["and", "&", "和", "跟", "与", "、", "及"])
_BETWEEN_CARDS = frozenset(["card", "cards", "gpu", "gpus", "显存", "卡", "的", "a", "an", "one",
                            "and", "or", "和", "或", "还是", "/", "vram", "memory", "on", "vs",
                            "one", "跟", "与", ","])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conflict:
    """The values that a message gives one setting, with their spellings, in order.

    ``weighed`` says that they are to be weighed: neither is a slip.
    """

    field: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    weighed: bool = False


def weighs(reading: Reading) -> bool:
    """Whether values are weighed against each other: ``int4 vs fp16``, ``adam or sgd``."""
    return reading.says("weighing") or reading.says("saving")


def asked_in_turn(reading: Reading, index: int) -> bool:
    """Whether a value further on is asked about by itself: ``fp16 行不行, int8 呢``."""
    after = reading.at(index + 1)
    if after is not None and after.word in _TOO:
        return True
    before = reading.at(index - 1)
    return before is not None and before.word in _WHAT_ABOUT


def conflicts(reading: Reading) -> tuple[Conflict, ...]:
    """Return every setting with two values that are no parts of one recipe; found once."""
    if reading.conflicts is None:
        reading.conflicts = tuple(_conflicts(reading))
    return reading.conflicts


def _conflicts(reading: Reading) -> Iterator[Conflict]:
    for field, tag in _TAGS.items():
        if reading.values(tag) < 2:
            continue
        found = _by_tag(reading, field, tag)
        if len(found) > 1:
            stroke = _stroke(reading, field) or _side_by_side(reading, field)
            weighed = stroke or weighs(reading) or listed(reading, field, tag)
            weighed = (
                weighed or _second_asked(reading, field, tag) or _both_asked(reading, field, tag)
            )
            yield Conflict(field, tuple(found), tuple(found.values()), weighed)
    for field in _NUMBERS:
        if field not in reading.said_values:
            continue
        said = dict(reading.said_values[field])
        if len(said) > 1:
            weighed = _stroke(reading, field) or weighs(reading) or len(said) > 2
            weighed = weighed or (field == "seq" and _in_one_row(reading, len(said)))
            yield Conflict(field, tuple(said), tuple(said.values()), weighed)
    yield from _two_memories(reading)


def second_values(reading: Reading) -> Iterator[str]:
    """Yield the spellings of values that are not used because another value of the setting is.

    Values that are weighed against each other are all used.
    """
    for conflict in conflicts(reading):
        if conflict.weighed:
            continue
        taken = reading.facts.get(conflict.field)
        for value, text in zip(conflict.values, conflict.texts, strict=True):
            if value != taken:
                yield text


def _by_tag(reading: Reading, field: str, tag: str) -> dict[str, str]:
    """Return the values of a named setting that are no parts of one recipe with the one taken."""
    taken = reading.facts.get(field)
    places = [i for i in reading.tagged(tag) if field in reading.items[i].slots]
    first = next((i for i in places if reading.items[i].get(tag) == taken), None)
    if first is None or not isinstance(taken, str):
        return {}
    found: dict[str, str] = {}
    for index in places:
        item = reading.items[index]
        value = item.get(tag)
        assert value is not None
        alike = value == taken or ({value, taken} <= _SIXTEEN_BIT and not weighs(reading))
        joined = _joined(reading, *sorted((first, index))) and not alike
        if value == taken or joined or _differs(reading, field, value, taken):
            joined = item.has("weighing")  # ``over full``: the joint is no part of the value
            text = value if item.text.isdigit() else item.text  # ``zero1, 2 and 3``
            found.setdefault(value, text.split()[-1] if joined else text)
    return found


def _stroke(reading: Reading, field: str) -> bool:
    """Whether two values stand on both sides of a stroke: ``int8/int4``."""
    return any(
        item.word == "/"
        and (left := reading.at(index - 1)) is not None
        and (right := reading.at(index + 1)) is not None
        and field in left.slots & right.slots
        for index, item in enumerate(reading.items)
    )


def _in_one_row(reading: Reading, number: int) -> bool:
    """Whether all ``number`` lengths stand side by side: ``at 4k and at 8k``."""
    lengths = rows(reading.items, lambda item: item.quantity is not None and "seq" in item.slots)
    return any(len(row) >= number for row in lengths)


def _both_asked(reading: Reading, field: str, tag: str) -> bool:
    """``fp8 和 int4 呢``, ``fp8 and int4?``: two values side by side, and each is asked about."""
    pairs = rows(reading.items, lambda item: item.has(tag) and field in item.slots)
    for row in pairs:
        after = reading.at(row[-1] + 1)
        asked = after is not None and (after.word in _TOO or after.word == "?")
        if asked and any(item.word in _LISTING for item in reading.items[row[0] : row[-1]]):
            return True
    return False


def _side_by_side(reading: Reading, field: str) -> bool:
    """Whether two values that exclude each other are listed: ``zero2 and zero3``."""
    return field == "sharding" and any(
        item.word in _LISTING
        and (left := reading.at(index - 1)) is not None
        and (right := reading.at(index + 1)) is not None
        and field in left.slots & right.slots
        for index, item in enumerate(reading.items)
    )


def _second_asked(reading: Reading, field: str, tag: str) -> bool:
    """Whether a later value of the setting is asked about by itself, after the first was."""
    places = [i for i in reading.tagged(tag) if field in reading.items[i].slots]
    asked = any(
        item.has("ask", "fit") or item.word in ("?", "no")
        for item in reading.items[places[0] : places[-1]]
    )
    if asked and any(asked_in_turn(reading, index) for index in places[1:]):
        return True
    stretches = [*pairwise(places), (places[-1], len(reading.items))]
    each = [any(_asks(item) for item in reading.items[low:high]) for low, high in stretches]
    before = any(_asks(item) for item in reading.items[: places[0]])
    last = each[-1] or asked_in_turn(reading, places[-1])
    return all(each[:-1]) and (before or last)


def _asks(item: Item) -> bool:
    return item.has("ask", "how_much") or item.has("ask", "count") or item.has("ask", "fit")


def _joined(reading: Reading, low: int, high: int) -> bool:
    """Whether a word that weighs, or a stroke alone, stands between two values."""
    between = reading.items[low + 1 : high]
    stroke = len(between) == 1 and between[0].word == "/"
    return stroke or any(item.has("weighing", "between") for item in between)


def _differs(reading: Reading, field: str, value: str, taken: str) -> bool:
    """Whether ``value`` is another one than what was taken, and no part of one recipe with it."""
    if field == "optimizer":
        if weighs(reading):
            return value != taken
        return value.partition("_")[0] != taken.partition("_")[0]
    if field == "sharding":
        pair = {value, taken}
        if "hybrid" in pair and pair & {"zero3", "fsdp2"}:
            return weighs(reading)
        return not pair & _SHARDED_ANYHOW
    if field == "method":
        return {value, taken} != {"lora", "qlora"} or bool(weighs(reading))
    return _formats_differ(reading, value, taken)


def _formats_differ(reading: Reading, value: str, taken: str) -> bool:
    if value.partition("-")[0] == taken.partition("-")[0]:
        return False
    pair = {value, taken}
    if pair == _SIXTEEN_BIT:
        return weighs(reading)
    adapters = reading.facts.get("method") in ("lora", "qlora")
    mixed = reading.says("mixed") or reading.says("shape", "master")
    widths = [_QUANTISED.match(name) for name in (value, taken)]
    one_width = all(widths) and len({width[1] for width in widths if width}) == 1
    computed = adapters and bool(pair & {*_SIXTEEN_BIT, "fp32"})
    return not (computed or (mixed and "fp32" in pair) or one_width)


def _two_memories(reading: Reading) -> Iterator[Conflict]:
    """Find ``a 16GB card and a 24GB card``: two sizes of memory, nothing but cards between."""
    if "gpu_memory_bytes" not in reading.facts:
        return
    sizes = [i for i, item in enumerate(reading.items) if _is_memory(item)]
    for left, right in pairwise(sizes):
        first, second = reading.items[left], reading.items[right]
        if "gpu_memory_bytes" not in first.slots | second.slots:
            continue
        between = reading.items[left + 1 : right]
        joined = bool(between) and all(i.word in _BETWEEN_CARDS or i.has("card") for i in between)
        values = tuple(_bytes(item) for item in (first, second))
        if joined and values[0] != values[1] and len(reading.cards) < 2:
            yield Conflict("gpu_memory_bytes", values, (first.text, second.text), weighs(reading))
            return


def _is_memory(item: Item) -> bool:
    return item.is_kind("bytes") and not item.slots - {"gpu_memory_bytes"} and _bytes(item) >= 2e9


def _bytes(item: Item) -> float:
    assert item.quantity is not None
    return item.quantity.value
