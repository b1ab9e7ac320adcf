"""How many cards or machines: whether their number is what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bot.understanding.cues import Cues
from bot.understanding.items import Item
from bot.understanding.lexicon import glue


def _counts_time(cues: Cues, card: Item) -> bool:
    """Whether card-days or card-hours are counted: ``多少 A100 天``, ``how many A100 hours``."""
    after = cues.reading.at(cues.reading.items.index(card) + 1)
    return after is not None and any(after.has("unit", name) for name in ("day", "hour"))


def asks_card_time(cues: Cues) -> bool:
    """Whether the time is asked in card-days or card-hours."""
    for index, item in enumerate(cues.reading.items):
        follower = _next(cues, index + 1) if item.word in ("how many", "多少", "几") else None
        if follower is not None and follower.has("card") and _counts_time(cues, follower):
            return True
    return False


_AUXILIARIES = glue("auxiliaries")
_LEAST = frozenset(["min", "minimum", "minimal", "fewest", "least", "最少", "最小"])
_PRONOUNS = glue("pronouns")
_MACHINES_OF = ("nodes of", "machines of", "servers of", "boxes of", "hosts of")
_NEEDED_AFTER = ("needed", "required", "necessary")
_MACHINES = ("几台", "多少台", "how many nodes", "how many machines", "how many servers")


def asks_machines(cues: Cues) -> bool:
    """Whether the number of machines is asked; the cards then are those of one machine."""
    items = cues.reading.items
    if any(item.word in _MACHINES for item in items):
        return True
    for index, item in enumerate(items):
        if item.word in ("how many", "多少", "几", "几个") or _ends_in_number_of(cues, index):
            for other in items[index + 1 : index + 7]:
                if _names_machines(other):
                    return True
                counted = other.has("card") or other.quantity or other.has("unit", "gpu")
                if not (counted or other.word in ("x", "*", "-", "的", "卡")):
                    break
    return _machines_needed(items)


def _names_machines(item: Item) -> bool:
    """``nodes``, ``台``, ``nodes of``: machines, none of them counted."""
    machines = item.has("unit", "node") or item.word.startswith(_MACHINES_OF)
    return item.quantity is None and machines


def _machines_needed(items: Sequence[Item]) -> bool:
    """``nodes of 4 A100 needed``, ``机器台数``: their number is what is left open."""
    if any(item.word == "台数" for item in items):
        return True
    for index, item in enumerate(items):
        if item.word.startswith(_NEEDED_AFTER):
            return any(_names_machines(other) for other in items[max(0, index - 6) : index])
    return False


def _next(cues: Cues, index: int) -> Item | None:
    over = frozenset(
        [
            "x",
            "*",
            "the",
            "nvidia",
            "块",
            "个",
            "张",
            "of",
            ",",
            "such",
            "big",
            "more",
            "的",
            "英伟达",
            "这种",
            "这样的",
        ]
    )
    found = cues.reading.skip(index, 1, over)
    item = cues.reading.at(found)
    if item is not None and item.is_kind("bytes"):
        found = cues.reading.skip(found + 1, 1, over)
    return cues.reading.at(found)


def _ends_in_number_of(cues: Cues, index: int) -> bool:
    """Whether the item is the ``of`` of ``number of``."""
    before = cues.reading.at(index - 1)
    counted = before is not None and before.word in (
        "number",
        "num",
        "amount",
        "count",
        "quantity",
        "#",
    )
    return cues.reading.items[index].word == "of" and counted


def _ends_in_count(cues: Cues) -> bool:
    """``minimum A100 count for …``, ``4090s needed?``, ``H800 x ?``."""
    if cues.fact("gpu_count"):
        return False
    items = cues.reading.items
    for index, item in enumerate(items[1:], start=1):
        before = items[index - 1]
        after = cues.reading.at(index + 1)
        last = after is None or after.word in ("?", "几", "多少", "how")
        if item.word == "count" and last and cues.hardware:
            return True
        if not (before.has("card") or before.is_kind("bytes")):
            continue
        if item.word == "count" or (item.word in ("x", "*") and last):
            return True
        if item.word in ("needed", "required", "necessary") and before.word.endswith("s"):
            return True
    return False


def _ends_in_how_many(cues: Cues) -> bool:
    """``13b fp16 on T4s. how many``: nothing is counted but the cards."""
    if cues.fact("gpu_count") or not (cues.hardware_said and cues.sized):
        return False
    words = [item.word for item in cues.reading.items if item.word not in ("?", ".", "!")]
    return bool(words) and words[-1] in ("how many", "几张", "多少张", "几块")


def _cards_for(cues: Cues) -> bool:
    """``cards for llama-3-70b on L40S?``: their number is what is left open."""
    if cues.fact("gpu_count") or not (cues.question_mark and cues.reading.cards and cues.sized):
        return False
    for index, item in enumerate(cues.reading.items[:-1]):
        after = cues.reading.items[index + 1]
        if item.word in ("cards", "gpus") and item.quantity is None and after.word == "for":
            return True
    return False


def _fewest(cues: Cues) -> bool:
    """``min cards, L4, for gemma-2-27b``: the fewest cards, none of them counted."""
    if cues.fact("gpu_count") or not (cues.hardware_said and cues.sized):
        return False
    return any(
        left.word in _LEAST and right.word in ("cards", "gpus", "卡", "卡数", "gpu count")
        for left, right in pairwise(cues.reading.items)
    )


def _how_many_for(cues: Cues) -> bool:
    """``175B on A100-40G: how many for inference``: nothing is counted but the cards."""
    if cues.fact("gpu_count") or not (cues.reading.cards and cues.sized):
        return False
    followers = ("for", "to", "in", "at", "with", ",", "?")
    return any(
        item.word == "how many" and cues.reading.items[index + 1].word in followers
        for index, item in enumerate(cues.reading.items[:-1])
    )


def _asks_of_someone(cues: Cues, index: int) -> bool:
    """``how many do I buy``, ``how many would it take``: cards, when nothing else is counted."""
    auxiliary, pronoun = cues.reading.at(index), cues.reading.at(index + 1)
    if auxiliary is None or pronoun is None or not cues.hardware:
        return False
    return auxiliary.word in _AUXILIARIES and pronoun.word in _PRONOUNS


def asks_needed_cards(cues: Cues) -> bool:
    """Whether the cards that are needed are asked for, whatever number was said before.

    ``she says 8 cards, how many A100s do I need?``
    """
    if cues.ask("fit") and not cues.ask("count"):
        return False
    for index, item in enumerate(cues.reading.items):
        if item.word not in ("how many", "多少", "几"):
            continue
        follower = _next(cues, index + 1)
        if follower is None or not (follower.has("card") or follower.has("unit", "gpu")):
            continue
        place = cues.reading.items.index(follower)
        for after, pronoun in pairwise(cues.reading.items[place + 1 : place + 5]):
            if after.word in _AUXILIARIES and pronoun.word in _PRONOUNS:
                return True
            if after.word in ("needed", "required"):
                return True
    return counts_what_is_needed(cues) and not cues.ask("fit")


def asks_count(cues: Cues) -> bool:
    """Whether the number of cards is asked: ``几张``, ``how many A100s``, ``几台``."""
    if asks_machines(cues) or _ends_in_count(cues) or asks_needed_cards(cues):
        return True
    if cues.ask("max") and cues.open("sequences"):
        return False
    if _cards_for(cues) or _ends_in_how_many(cues) or _how_many_for(cues):
        return True
    if cues.fact("gpu_count") and not cues.ask("count"):
        return False
    if cues.ask("count"):
        return not cues.fact("gpu_count")
    if _fewest(cues):
        return True
    for index, item in enumerate(cues.reading.items):
        if item.word in ("how many", "多少", "几", "多少个", "几个") or _ends_in_number_of(
            cues, index
        ):
            if item.word == "how many" and _asks_of_someone(cues, index + 1):
                return True
            follower = _next(cues, index + 1)
            if follower is not None and _counts_time(cues, follower):
                return False
            if follower is not None and (follower.has("card") or follower.has("unit", "gpu")):
                return True
    return False


_NEEDED_COUNT = ("要", "够", "need", "凑", "买", "得", "攒", "配")


def counts_what_is_needed(cues: Cues) -> bool:
    """Whether the words for the number say that it is needed: ``需要几张``, ``几张才够``."""
    return any(
        item.has("ask", "count") and any(word in item.word for word in _NEEDED_COUNT)
        for item in cues.reading.items
    )
