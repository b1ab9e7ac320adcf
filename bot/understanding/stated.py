"""Memory that is told of a part of a run, and not of a card: ``14GB weights``, ``再加 1.3G``.

So is what a model is said to need before something is asked: ``a 13B needs 26GB in fp16. …?``.
"""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.reading import Reading

_PARTS = ("weights", "kv_cache", "activation", "optimizer", "gradient", "cuda")
_OF = frozenset(["of", "的", "for"])
_TAKING = frozenset(["is", "are", "=", ":", "是", "占", "占了", "约", "大概", "about", "takes"])
_ADDING = frozenset(["加", "加上", "再加", "再加上", "plus", "+", "extra", "another", "额外",
                     "另加", "overhead", "开销"])  # fmt: skip
_OF_CARDS = frozenset(["显存", "vram", "gpu", "gpus", "card", "cards", "memory", "卡", "显卡"])
_NEEDING = frozenset(["needs", "need", "takes", "take", "uses", "occupies", "weighs", "costs",
                      "needed", "took", "used", "需要", "占", "占用", "占了", "用了", "吃",
                      "吃掉"])  # fmt: skip
_ABOUT = frozenset(["about", "around", "roughly", "only", "约", "大约", "大概", "了", "只"])
_ENDS = frozenset([",", ".", ";", "。", "?", "!"])


def bind_stated(reading: Reading) -> None:
    """Set such amounts aside, so that none is taken for the memory of a card."""
    for index, item in list(reading.free("bytes")):
        before, after = reading.at(index - 1), reading.at(index + 1)
        if before is not None and before.has("card"):
            continue
        part = reading.at(reading.skip(index + 1, 1, _OF))
        if not _is_part(part) and not _of_a_card(after):
            part = reading.at(reading.skip(index - 1, -1, _TAKING))
        if part is not None and _is_part(part):
            item.slots.add("stated")
            part.slots.add("stated")
        elif _is_added(before, after) or _needed_by_model(reading, index):
            item.slots.add("stated")


def _is_added(before: Item | None, after: Item | None) -> bool:
    return before is not None and before.word in _ADDING and not _of_a_card(after)


def _needed_by_model(reading: Reading, index: int) -> bool:
    """Whether a clause says what its model needs, and another one behind it asks something.

    A format of the clause is told with it, where what is asked has another one.
    """
    said = reading.at(reading.skip(index - 1, -1, _ABOUT))
    if said is None or said.word not in _NEEDING or _of_a_card(reading.at(index + 1)):
        return False
    items = reading.items
    ends = [place for place, item in enumerate(items) if item.word in _ENDS]
    start = max((end + 1 for end in ends if end < index), default=0)
    stop = min((end for end in ends if end > index), default=len(items))
    told, asked = items[start:stop], items[stop:]
    if not any(map(_is_model, items[start:index])) or not any(item.has("ask") for item in asked):
        return False
    if any(item.has("format") for item in asked):
        for item in told:
            if item.has("format"):
                item.slots.add("withdrawn")
    return True


def _is_model(item: Item) -> bool:
    scaled = item.quantity is not None and item.quantity.scale in ("b", "亿")
    return item.has("model") or item.is_kind("params") or scaled


def _is_part(item: Item | None) -> bool:
    return item is not None and item.quantity is None and item.get("topic") in _PARTS


def _of_a_card(item: Item | None) -> bool:
    return item is not None and (item.word in _OF_CARDS or item.has("card"))
