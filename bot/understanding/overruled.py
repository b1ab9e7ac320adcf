"""Second values of one setting: what was said, and not used because another value was."""

from __future__ import annotations

from collections.abc import Iterator

from bot.understanding.items import Item
from bot.understanding.reading import Reading

_TAGS = {"dtype": "format", "optimizer": "optimizer", "method": "method"}
_SIXTEEN_BIT = ("fp16", "bf16")
_MASTERS = ("master", "主权重", "主参数")


def overruled(reading: Reading) -> Iterator[Item]:
    """Yield the items whose value of a setting another value of the message overruled."""
    for item in reading.items:
        for slot, tag in _TAGS.items():
            value = item.get(tag)
            if slot in item.slots and value is not None and _differs(reading, slot, value):
                yield item
        if _another_batch(reading, item):
            yield item


def _another_batch(reading: Reading, item: Item) -> bool:
    taken, quantity = reading.facts.get("batch"), item.quantity
    if quantity is None or taken is None or "batch" not in item.slots:
        return False
    return quantity.kind == "number" and quantity.value != taken


def _differs(reading: Reading, slot: str, value: str) -> bool:
    """Whether ``value`` is another one than what was taken, and no part of one recipe with it."""
    taken = reading.facts.get(slot)
    if not isinstance(taken, str) or value == taken:
        return False
    if slot == "optimizer":
        return value.partition("_")[0] != taken.partition("_")[0]
    if slot != "dtype":
        return True
    if value.partition("-")[0] == taken.partition("-")[0]:
        return False
    pair = {value, taken}
    if pair == set(_SIXTEEN_BIT):
        return False
    adapters = reading.facts.get("method") in ("lora", "qlora")
    mixed = reading.says("mixed") or any(
        word in item.word for item in reading.items for word in _MASTERS
    )
    low = pair & {"int4", "nf4"}
    computed = adapters and bool(pair & {*_SIXTEEN_BIT, "fp32"})
    return not (computed or (mixed and "fp32" in pair) or low == pair)
