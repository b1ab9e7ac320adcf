"""Amounts said as a change of another one beside them: ``8 张少两张``, ``batch 32, 现在减半``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.understanding.beside import named_beside
from bot.understanding.factors import factor_of
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.multiples import settle_multiples
from bot.understanding.reading import Reading
from bot.understanding.understood import Problem

_MORE, _FEWER = glue("more_of"), glue("fewer_of")
_MORE_AFTER = frozenset(["more", "extra", "additional"])
_FEWER_AFTER = frozenset(["fewer", "less"])
_GONE = re.compile(
    r"(?:卡|显卡|机器|已经|已|都|现在|正|暂时|是|,|给|台|张|cards?|gpus?|ofthem)*"
    r"(?:被|坏|挂|故障|不能用|用不了|借走|下线|掉了|不可用|占|在修|报修"
    r"|(?:are|is)(?:broken|taken|down|busy|dead|gone)|broke|died|away|off(?!load))"
)
_BETWEEN = frozenset(["了", "上", "个", "我", "我们", "们", "就", "掉", "走", "的", "another"])
_SCALED = ("batch", "micro_batch", "global_batch", "seq", "gpu_count", "lora_rank", "total_tokens")
ONE_MACHINE = frozenset(["一台", "一台机器"])
_OFTEN_NONE = frozenset(["一半", "对半"])
_AHEAD = 5


def mark_changes(reading: Reading) -> None:
    """Set numbers of cards aside that only say how many more or fewer, where both are said."""
    counted = [i for i, item in enumerate(reading.items) if counts_cards(reading, i, item)]
    for index in counted:
        sign = sign_of(reading, index)
        if sign and any(place < index for place in counted) and not _card_after(reading, index):
            reading.items[index].slots.add("more" if sign > 0 else "fewer")


def settle_changes(reading: Reading) -> None:
    """Apply what a message says of its own numbers: ``8 张少两张``, ``原来 batch 32, 现在减半``."""
    facts = reading.facts
    for item in reading.items:
        step = 1 if "more" in item.slots else -1 if "fewer" in item.slots else 0
        if not step or item.quantity is None or "gpu_count" not in facts:
            continue
        number = item.quantity.value
        if item.is_kind("nodes"):
            nodes = facts.get("nodes", 1)
            number *= facts["gpu_count"] / nodes
            facts["nodes"] = int(nodes + step * item.quantity.value)
        if 0 < facts["gpu_count"] + step * number < 1e6:
            facts["gpu_count"] = int(facts["gpu_count"] + step * number)
    weighed = [reading.items[place].word for place in reading.tagged("weighing")]
    if not reading.says("saving") and all(word == "比" for word in weighed):
        settle_multiples(reading)
        _scale_said(reading)


def counts_cards(reading: Reading, index: int, item: Item) -> bool:
    """Whether the item counts cards or machines: ``两张``, ``8``, ``two`` before ``more``."""
    if item.slots - {"gpu_count", "nodes", "per"}:
        return False
    if item.is_kind("gpus", "nodes") or item.word in ONE_MACHINE:
        return True
    after = reading.at(index + 1)
    if after is None or not item.is_kind("number"):
        return False
    if _GONE.match(_words_after(reading, index)):
        return True
    return after.has("card") or after.word in _MORE_AFTER | _FEWER_AFTER or after.word in "x*"


def sign_of(reading: Reading, index: int) -> int:
    """Return 1 where the number is added, -1 where it is taken away, else 0."""
    after = reading.at(index + 1)
    word = after.word if after is not None else ""
    if word in _MORE_AFTER or word in _FEWER_AFTER:
        return 1 if word in _MORE_AFTER else -1
    if _GONE.match(_words_after(reading, index)):
        return -1
    before = reading.at(reading.skip(index - 1, -1, _BETWEEN))
    word = before.word if before is not None else ""
    return 1 if word in _MORE else -1 if word in _FEWER else 0


def _words_after(reading: Reading, index: int) -> str:
    return "".join(item.word for item in reading.items[index + 1 : index + 1 + _AHEAD])


def _card_after(reading: Reading, index: int) -> bool:
    after = reading.at(reading.skip(index + 1, 1, frozenset(["的", "卡"])))
    return after is not None and after.has("card")


def _scale_said(reading: Reading) -> None:
    """``batch 32, 现在减半``: the last number of its kind before the factor is what changes."""
    for index, item in enumerate(reading.items):
        factor = factor_of(item)
        if item.used or factor is None:
            continue
        slot = _last_slot(reading, index)
        if slot is not None:
            slot = next(named_beside(reading, index, _scaled_name), slot)
        value = None if slot is None else reading.facts.get(slot)
        if slot is None or not isinstance(value, int | float) or value * factor % 1:
            continue
        item.slots.add("factor")
        reading.facts[slot] = int(value * factor)
        return


def factors_left(reading: Reading) -> Iterator[Problem]:
    """Yield the question back for ``翻倍`` or ``half`` of which it is not clear what it changes."""
    if reading.says("weighing") or reading.says("saving"):
        return
    for index in reading.tagged("factor"):
        item = reading.items[index]
        if not item.used and item.word not in _OFTEN_NONE:
            yield Problem("ambiguous", item.text, (), "factor")


def _scaled_name(item: Item) -> str | None:
    """Return what a word names of all that can be scaled: ``batch``, ``卡数``."""
    key = item.get("key")
    return key if key in _SCALED else "gpu_count" if item.has("unit", "gpu") else None


def _last_slot(reading: Reading, index: int) -> str | None:
    """Return the slot of the nearest number before the factor that can be scaled."""
    for item in reversed(reading.items[:index]):
        if item.quantity is None:
            continue
        return next((slot for slot in _SCALED if slot in item.slots), None)
    return None
