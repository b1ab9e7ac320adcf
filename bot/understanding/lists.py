"""Values in a row: ``fp16, int8 and int4``, ``7/13/70b``, ``4、8 或 16 张``, ``zero1, 2 and 3``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.understanding.items import Item, Quantity
from bot.understanding.reading import Reading

COMMAS = frozenset([",", "、", "/"])
EITHER = frozenset(["or", "还是", "或", "或者", "vs", "versus", "than", "比"])
AND = frozenset(["and", "&", "和", "跟", "与", "及", "以及"])
_JOINTS = COMMAS | EITHER | AND
_AT = frozenset(["at", "on", "with", "the", "a", "an", "then"])
_LONGEST_JOINT = 3
_STAGES = {"1": "zero1", "2": "zero2", "3": "zero3"}
_FORMATS = {"16": "fp16", "8": "int8", "4": "int4"}
_ENDS = frozenset(["?", ",", ".", "!", "on", "with", "over", "using", "(", ":"])
_COUNTED = frozenset(["x", "*", "×", "张", "块", "卡", "-"])


def rows(items: list[Item], member: Callable[[Item], bool]) -> Iterator[list[int]]:
    """Yield the places of members with nothing but joints between them, two or more in a row."""
    row: list[int] = []
    for index, item in enumerate(items):
        if not member(item):
            continue
        if row and not joined(items, row[-1], index):
            if len(row) > 1:
                yield row
            row = []
        row.append(index)
    if len(row) > 1:
        yield row


def joined(items: list[Item], left: int, right: int) -> bool:
    """Whether commas and words such as ``and`` alone stand between two places, or nothing."""
    between = items[left + 1 : right]
    if len(between) > _LONGEST_JOINT:
        return False
    return all(item.word in _JOINTS or item.word in _AT for item in between) and (
        not between or any(item.word in _JOINTS for item in between)
    )


def listed(reading: Reading, slot: str, tag: str, least: int = 3) -> bool:
    """Whether ``least`` different values that words of ``tag`` give ``slot`` stand in a row."""
    return any(
        len({reading.items[place].get(tag) for place in row}) >= least
        for row in rows(reading.items, lambda item: item.has(tag) and slot in item.slots)
    )


def listed_before(items: list[Item], asked: bool, last: int) -> list[int]:
    """Return where free numbers stand in a row that ends at ``last``: ``1, 4 and 16 users``."""
    final = items[last].quantity
    if not asked or final is None:
        return []

    def alike(item: Item) -> bool:
        free = item is items[last] or not item.used
        same = item.quantity is not None and item.quantity.scale == final.scale
        return free and same and item.is_kind(final.kind, "number") and not item.has("card")

    for row in rows(items[: last + 1], alike):
        if row[-1] == last and (len(row) > 2 or items[last - 1].word in EITHER | AND):
            return row[:-1]
    return []


def value_at(items: list[Item], place: int) -> Quantity:
    """Return the quantity at a place that holds one."""
    quantity = items[place].quantity
    assert quantity is not None
    return quantity


def says_either(items: list[Item], row: list[int]) -> bool:
    """Whether a row is one of alternatives: ``8 or 16``."""
    return any(item.word in EITHER for item in items[row[0] : row[-1]])


def spread(items: list[Item]) -> None:
    """Give numbers in a row what only the first or the last of them is said with."""
    for index, item in enumerate(items):
        if not item.tags and item.quantity is None:
            continue
        if item.get("sharding") in _STAGES.values():
            _onward(items, index, "sharding", _STAGES)
        elif item.get("format") in _FORMATS.values() and _followed_by_stroke(items, index):
            _onward(items, index, "format", _FORMATS)
        elif item.is_kind("scaled") and item.quantity is not None:
            _backward(items, index)


def full_alone(items: list[Item]) -> None:
    """``13B full?``, ``7b full on 8 A100``: a size trained in full, where no use is named."""
    if not any(item.word == "full" for item in items):
        return
    if any(item.has("mode", "infer") or item.has("format") for item in items):
        return
    for index, item in enumerate(items[1:], start=1):
        if item.word != "full" or item.tags:
            continue
        before, after = items[index - 1], items[index + 1 : index + 2]
        sized = before.has("model") or (
            before.quantity is not None and before.quantity.scale == "b"
        )
        ends = not after or after[0].word in _ENDS or after[0].has("card")
        if sized and (ends or after[0].is_kind("gpus")):
            item.tags = (("method", "full"), ("mode", "train"))


def _followed_by_stroke(items: list[Item], index: int) -> bool:
    after = items[index + 1 : index + 2]
    return bool(after) and after[0].word == "/" and not after[0].gap


def _onward(items: list[Item], index: int, tag: str, meaning: dict[str, str]) -> None:
    """``zero1, 2 and 3``: the numbers after a stage are stages, unless cards follow them."""
    row: list[int] = []
    place = index
    while place + 2 < len(items) + 1:
        joint, number = items[place + 1 : place + 2], items[place + 2 : place + 3]
        if not joint or not number or joint[0].word not in _JOINTS:
            break
        if number[0].quantity is None or number[0].word not in meaning:
            break
        row.append(place + 2)
        place += 2
    after = items[place + 1] if place + 1 < len(items) else None
    if after is not None and (after.has("card") or after.has("unit") or after.word in _COUNTED):
        row = row[:-1]
    for found in row:
        items[found].tags = ((tag, meaning[items[found].word]),)
        items[found].quantity = None


def _backward(items: list[Item], index: int) -> None:
    """``7/13/70b``, ``8, 32 or 128k``: the numbers before a size have its unit."""
    last = items[index].quantity
    assert last is not None
    if last.scale not in ("b", "k") or not last.number:
        return
    row: list[int] = []
    place, above = index, last.number
    while place >= 2:
        joint, number = items[place - 1], items[place - 2]
        quantity = number.quantity
        if joint.word not in _JOINTS or quantity is None or quantity.kind != "number":
            break
        if not 0 < quantity.value < above or number.has("numword") or number.has("card"):
            break
        row.append(place - 2)
        place, above = place - 2, quantity.value
    if not row or _belongs(items, row[-1]):
        return
    strokes = all(items[found + 1].word in ("/", "、") for found in row)
    if not strokes and len(row) < 2 and not says_either(items, [row[-1], index]):
        return
    for found in row:
        quantity = items[found].quantity
        assert quantity is not None
        quantity.kind, quantity.scale = last.kind, last.scale
        quantity.number = quantity.value
        quantity.value *= last.value / last.number


def _belongs(items: list[Item], index: int) -> bool:
    """Whether a number is what a key before it is set to, or ends a name: ``batch 4``."""
    if index == 0:
        return False
    before = items[index - 1]
    if not items[index].gap and before.word.isascii() and before.word[-1:].isalnum():
        return True
    return (
        before.word in ("=", ":", "x", "*", "-", "_", "of")
        or before.has("key")
        or before.has("degree")
        or before.has("card")
        or before.has("family")
    )
