"""Numbers that are no figures of a run: prices, ordinals, quarters of a year, disks."""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading

_MONEY_AFTER, _MONEY_BEFORE = glue("money_after"), glue("money_before")
_DISKS = glue("disks")
_BETWEEN = frozenset(["了", "是", "约", "大概", "大约", "只", "才", "要", "给", "就", "的", "有",
                      ":", "is", "of"])  # fmt: skip
_DATED = frozenset(["年", "号楼", "月", "号"])
_PRICED = ("number", "scaled", "gpus")
_OF_A_PIECE = frozenset(["一张", "一台", "一块", "一片", "每张", "每台", "每块", "each", "apiece"])


def bind_asides(reading: Reading) -> None:
    """Set such numbers aside, so that they count no cards, tokens or FLOPS."""
    for index, item in reading.quantities():
        if item.used:
            continue
        before, after = reading.at(index - 1), reading.at(index + 1)
        if before is not None and before.word == "第":
            item.slots.add("ordinal")
        elif item.is_kind(*_PRICED) and _is_price(reading, index, item):
            item.slots.add("price")
            _priced_each(reading, index)
        elif item.is_kind("bytes", "scaled") and _on_disk(reading, index):
            item.slots.add("host_memory")
        elif after is not None and after.word in _DATED and item.is_kind("number"):
            item.slots.add("date")


def _is_price(reading: Reading, index: int, item: Item) -> bool:
    """``8 万块钱``, ``红包 10 块``, ``一张 11 万``."""
    after = reading.at(index + 1)
    money = after is not None and after.word in _MONEY_AFTER
    if money or (reading.at(index + 2) is not None and _spelled(reading, index + 1)):
        return True
    place = reading.skip(index - 1, -1, _BETWEEN)
    before = reading.at(place)
    if before is None:
        return False
    if item.text.endswith("块") and _is_hourly(before):
        return True
    if before.word in _MONEY_BEFORE or (place > 0 and _spelled(reading, place - 1, before=True)):
        return not item.is_kind("scaled") or item.text[-1:] in "wWkK万"
    assert item.quantity is not None
    of_a_piece = before.word in _OF_A_PIECE or before.word.replace(" ", "") in _OF_A_PIECE
    ends = after is None or (not after.word.isalnum() and after.word not in ("*", "-"))
    return of_a_piece and ends and item.text.endswith("万")


def _is_hourly(item: Item) -> bool:
    """``一小时 10 块``, ``每天 200 块``: what a time costs, not how many cards it has."""
    hour = item.is_kind("time") and item.quantity is not None and item.quantity.number == 1
    return hour or item.has("span")


def _priced_each(reading: Reading, index: int) -> None:
    """Set the one card aside that has the price: ``一张 11 万`` counts no cards."""
    before = reading.at(index - 1)
    if before is not None and before.is_kind("gpus") and before.word in _OF_A_PIECE:
        before.slots.add("price")


def _spelled(reading: Reading, index: int, *, before: bool = False) -> bool:
    """Whether two characters in a row spell a word of money: 块 + 钱, 红 + 包."""
    pair = "".join(item.word for item in reading.items[index : index + 2])
    return pair in (_MONEY_BEFORE if before else _MONEY_AFTER)


def _on_disk(reading: Reading, index: int) -> bool:
    """``硬盘 2T``, ``4 TB NVMe``: room on a disk, unless a file is what is asked."""
    if not _is_large(reading.items[index]):
        return False
    places = (reading.skip(index - 1, -1, _BETWEEN), index + 1)
    return any((item := reading.at(place)) is not None and item.word in _DISKS for place in places)


def _is_large(item: Item) -> bool:
    """Whether a size is in terabytes, spelled out or as a lone T."""
    quantity = item.quantity
    return quantity is not None and (
        (quantity.kind == "scaled" and quantity.scale == "t") or quantity.unit in ("TB", "TiB")
    )
