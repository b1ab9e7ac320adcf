"""Hybrid sharding: how many cards the states are split over, the replicas beside them."""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.reading import Reading

_GROUP = frozenset(["group", "groups", "一组", "组"])
_OF = frozenset(["of", "=", ":", "大小", "为", "是", "size"])


def bind_hybrid(reading: Reading, *, said_before: bool = False) -> None:
    """Read the group of ``HSDP, groups of 8``, ``每 8 卡一组``, ``shard within a node of 8``.

    ``said_before``: the conversation is about hybrid sharding already.
    """
    if not said_before and not reading.says("sharding", "hybrid"):
        return
    for index, item in enumerate(reading.items):
        if item.used or not item.is_kind("number", "gpus") or item.quantity is None:
            continue
        size = item.quantity.value
        if 1 < size <= 4096 and size == int(size) and _is_group(reading, index):
            reading.take(item, "shard_group", int(size))
            for other in reading.items[max(0, index - 2) : index + 3]:
                if _says_group(other):
                    other.slots.add("shard_group")
            return


def _is_group(reading: Reading, index: int) -> bool:
    after = [reading.at(index + step) for step in (1, 2)]
    if any(_says_group(item) for item in after):
        return True
    before, further = reading.at(index - 1), reading.at(index - 2)
    if before is None or before.word not in _OF:
        return _says_group(before)
    if _says_group(further):
        return True
    if further is None:
        return False
    return further.has("unit", "node") or further.has("sharding", "hybrid")


def _says_group(item: Item | None) -> bool:
    return item is not None and (
        item.word in _GROUP or item.word in ("分片组", "shard group", "sharding group")
    )
