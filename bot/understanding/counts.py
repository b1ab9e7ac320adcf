"""How many cards: ``4x``, ``四张``, ``x8``, ``a pair of``, ``8x80GB``."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading

TIMES = frozenset(["x", "*"])
_JOINTS = frozenset(["x", "*", "-", "of", "的", "("])
_BEFORE_CARD = glue("before_card")
_HOLDS = frozenset(["了", "has", "have", "with", "holds", "hold", "having", "contains", "got",
                    "comes with", "come with", "有", "装", "装了", "配", "配了", "插", "插了", "是",
                    "里", "上", "里面", "都", "都是", "are", "is", ":", "="])  # fmt: skip


_MOST_EACH = 16


@dataclass(slots=True)
class Count:
    """A number of cards said somewhere, and whether it is per machine or in all."""

    value: float
    index: int
    per_node: bool = False
    total: bool = False


def number_at(reading: Reading, index: int) -> float | None:
    """Return the plain number or number of cards at ``index``, if nothing has taken it."""
    item = reading.at(index)
    if item is None or item.used or item.quantity is None:
        return None
    if item.quantity.kind in ("gpus", "number") and not item.quantity.scale:
        return item.quantity.value
    return None


def count_left(reading: Reading, index: int) -> Count | None:
    """Read the count before a card: ``4x``, ``四张``, ``a``; ``index`` is the item before it."""
    place = reading.skip(index, -1, _BEFORE_CARD)
    value = number_at(reading, place)
    if value is None:
        item = reading.at(place)
        joined = any(other.word in _JOINTS for other in reading.items[place + 1 : index + 1])
        if item is not None and item.word in ("a", "an") and not joined:
            return Count(1, place)
        if item is not None and item.word in ("单卡", "单张", "单块"):
            item.slots.add("gpu_count")
            return Count(1, place)
        return None
    item = reading.items[place]
    reading.take(item, "gpu_count")
    return _with_machines(reading, place, value)


def _with_machines(reading: Reading, place: int, value: float) -> Count:
    """``2x8 A100`` and ``2 nodes of 8 A100``: what stands before the number of cards."""
    before = reading.at(place - 1)
    if before is not None and before.word in TIMES:
        outer = number_at(reading, place - 2)
        if outer is not None and not reading.items[place - 2].is_kind("gpus"):
            reading.take(reading.items[place - 2], "nodes", int(outer) if outer < 1e9 else outer)
            return Count(outer * value, place, total=True)
    return Count(value, place, per_node=_per_node_near(reading, place))


def _per_node_near(reading: Reading, place: int) -> bool:
    """``每台 8 卡``, ``8 H100s per node``: ``per node`` just before, or soon after."""
    before = reading.at(reading.skip(place - 1, -1, _HOLDS))
    if before is not None and before.has("per", "node"):
        return True
    for other in range(place + 1, place + 5):
        item = reading.at(other)
        if item is None or (item.quantity is not None and not item.is_kind("bytes")):
            return False
        if "network_bytes_per_s" in item.slots:
            return False
        if item.has("per", "node"):
            return not item.word.startswith(("node", "machine", "server", "box", "host"))
    return False


def count_right(reading: Reading, index: int) -> Count | None:
    """Read the count after a card: ``x4``, ``8卡``; ``index`` is the item after it."""
    over = frozenset([")", "(", ",", "的", "用", "有", "共", ",", "s", "显卡"])
    place = reading.skip(index, 1, over)
    item = reading.at(place)
    if item is None:
        return None
    if item.word in TIMES:
        value = number_at(reading, place + 1)
        if value is not None:
            reading.take(reading.items[place + 1], "gpu_count")
            return Count(value, place + 1)
        return None
    if item.is_kind("gpus") and not item.used:
        assert item.quantity is not None
        reading.take(item, "gpu_count")
        return Count(item.quantity.value, place, per_node=_per_node_near(reading, place))
    if item.word in ("单卡", "单张") and not item.used:
        item.slots.add("gpu_count")
        return Count(1, place)
    return None


def memory_times_count(reading: Reading, counts: list[Count]) -> None:
    """``8x80GB`` and ``80G*8`` without a card's name."""
    for index, item in list(reading.free("bytes")):
        for step in (-1, 1):
            sign = reading.at(index + step)
            if sign is None or sign.word not in TIMES:
                continue
            value = number_at(reading, index + 2 * step)
            if value is not None:
                assert item.quantity is not None
                reading.take(item, "gpu_memory_bytes", int(item.quantity.value))
                reading.take(reading.items[index + 2 * step], "gpu_count")
                counts.append(Count(value, index + 2 * step))
                break


def described_cards(reading: Reading, counts: list[Count]) -> None:
    """``2 24GB cards``, ``a single 24G card``: the memory stands between number and noun."""
    for index in reading.tagged("unit", "gpu"):
        memory, number = reading.at(index - 1), reading.at(index - 2)
        if memory is None or number is None or not memory.is_kind("bytes"):
            continue
        value = number_at(reading, index - 2)
        if value is not None:
            reading.take(number, "gpu_count")
            counts.append(Count(value, index - 2))
        elif number.word in ("a", "an"):
            counts.append(Count(1, index - 2))


def plain_count(reading: Reading, index: int, item: Item) -> Count:
    """Read a number of cards that stands by itself: ``8卡``, ``16 GPUs in total``."""
    assert item.quantity is not None
    reading.take(item, "gpu_count")
    total = any(
        (other := reading.at(place)) is not None and other.has("per", "total")
        for place in (index - 1, index + 1)
    )
    found = Count(item.quantity.value, index, per_node=_per_node_near(reading, index), total=total)
    before = reading.at(index - 1)
    if before is not None and before.word in TIMES:
        outer = reading.at(index - 2)
        if (
            outer is not None
            and outer.quantity is not None
            and outer.is_kind("number")
            and not outer.used
        ):
            reading.take(outer, "nodes", int(outer.quantity.value))
            return Count(outer.quantity.value * item.quantity.value, index, total=True)
    return found


def spread_over(reading: Reading) -> list[Count]:
    """``zero-3 sharded over 64``, ``per gpu over 2``: the bare number of cards that share it."""
    if not (reading.says("sharding") or reading.says("per", "gpu")):
        return []
    for index, item in list(reading.free("number")):
        before = reading.at(index - 1)
        value = number_at(reading, index) or 0
        if before is not None and before.word in ("over", "across") and 1 < value < 1e6:
            reading.take(item, "gpu_count")
            return [Count(value, index)]
    return []


_PEOPLE = frozenset(["人", "people", "folks", "users", "students"])


def one_for_each(reading: Reading, counts: list[Count]) -> None:
    """``每人一张 4090, 5 个人``, ``4 of us with a 4090 each``: cards of each, times the people."""
    words = [item.word for item in reading.items]
    each = any(pair in (("每", "人"), ("人", "手"), ("of", "us")) for pair in pairwise(words))
    if not each or len(counts) != 1 or counts[0].value > _MOST_EACH:
        return
    for index, item in list(reading.free("number")):
        follower = reading.at(reading.skip(index + 1, 1, frozenset(["个", "of"])))
        people = follower is not None and (follower.word in _PEOPLE or follower.word == "us")
        value = number_at(reading, index) or 0
        if people and 1 < value < 1e4 and (words[index + 1] == "of") == ("us" in words):
            reading.take(item, "gpu_count")
            counts[0].value *= value
            return


_ASKING = frozenset(["?", "平均", "大概", "大约", "分到", "摊", "摊到", "各", "分别", "能分到"])


def share_of_one(reading: Reading, counts: list[Count]) -> None:
    """``…, 4 张卡平摊, 一张卡多少``: one card's share is asked, not one card used."""
    several = any(count.value > 1 for count in counts)
    for index in reading.tagged("numword", "1"):
        before, after = reading.at(index - 1), reading.at(index + 1)
        every = before is not None and before.word in ("every", "each")
        if several and every and after is not None and after.word == "of":
            reading.take(reading.items[index], "per_gpu", True)  # ``every one of the 16 cards``
    for count in list(counts):
        item = reading.items[count.index]
        after = reading.at(count.index + 1)
        if after is not None and after.has("unit", "gpu"):
            after = reading.at(count.index + 2)
        asked = after is None or after.word in _ASKING or after.has("ask", "how_much")
        asked = asked or (after is not None and after.has("topic", "memory"))
        if several and count.value == 1 and asked and item.is_kind("gpus"):
            counts.remove(count)
            item.slots.add("per_gpu")
            reading.facts["per_gpu"] = True


_SINGLE = frozenset(["单卡", "单张", "单块", "单gpu", "single gpu", "single card"])


def _single_of_several(reading: Reading, counts: list[Count]) -> None:
    """``单卡, 4×3090, … 够不``: one card and four of them, which only one can be."""
    if all(count.value == 1 for count in counts):
        return
    if reading.says("topic") or reading.says("ask", "how_much"):
        return
    judged = reading.says("ask", "fit")
    for index, item in enumerate(reading.items):
        after = reading.at(index + 1)
        alone = after is None or (after.quantity is None and not after.has("key"))
        alone = alone if judged else any(count.index == index + 1 for count in counts)
        if item.word in _SINGLE and alone and not item.used:
            several = f"{counts[0].value:g}"
            reading.problem(
                "contradiction", f"{item.text} / {several}", ("1", several), "gpu_count"
            )


def single_card(reading: Reading, counts: list[Count]) -> None:
    """``单卡`` is one card when no other number of cards is said; beside ``4×`` it contradicts."""
    if counts:
        _single_of_several(reading, counts)
        return
    rates = ("examples_per_s", "steps_per_s", "step_s")
    rated = reading.holds(*rates)
    for index in reading.tagged("per", "gpu"):
        item = reading.items[index]
        if item.word in ("单卡", "单张", "单gpu", "one gpu", "单块") and (
            rated or (reading.says("ask", "fit") and not reading.says("ask", "how_much"))
        ):
            item.slots.add("gpu_count")
            counts.append(Count(1, index))
            return
