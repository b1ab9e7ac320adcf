"""Memory that is told of a part of a run, and not of a card: ``14GB weights``, ``再加 1.3G``."""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.reading import Reading

_PARTS = ("weights", "kv_cache", "activation", "optimizer", "gradient", "cuda")
_OF = frozenset(["of", "的", "for"])
_TAKING = frozenset(["is", "are", "=", ":", "是", "占", "占了", "约", "大概", "about", "takes"])
_ADDING = frozenset(["加", "加上", "再加", "再加上", "plus", "+", "extra", "another", "额外",
                     "另加", "overhead", "开销"])  # fmt: skip
_OF_CARDS = frozenset(["显存", "vram", "gpu", "gpus", "card", "cards", "memory", "卡", "显卡"])


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
        elif before is not None and before.word in _ADDING and not _of_a_card(after):
            item.slots.add("stated")


def _is_part(item: Item | None) -> bool:
    return item is not None and item.quantity is None and item.get("topic") in _PARTS


def _of_a_card(item: Item | None) -> bool:
    return item is not None and (item.word in _OF_CARDS or item.has("card"))
