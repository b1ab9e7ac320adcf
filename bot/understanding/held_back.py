"""Cards said to be gone, and several copies of a model: asked back, never left out of sight.

``six of our eight are free``, ``一半的卡``, ``6 copies of 7B on one A100``.
"""

from __future__ import annotations

from bot.understanding.cues import Cues
from bot.understanding.items import Item
from bot.understanding.reading import Reading
from bot.understanding.understood import Problem

_COPIES = frozenset(["copies", "replicas", "instances", "份", "副本", "个副本", "实例", "个实例"])
_STATE = frozenset(
    ["down", "busy", "dead", "broken", "gone", "taken", "free", "idle", "usable", "available",
     "mine", "ours", "unavailable", "offline", "reserved", "occupied", "faulty", "failed", "坏",
     "坏了", "空闲", "可用", "能用", "闲置", "被占", "被占用"]
)  # fmt: skip
_LESS = frozenset(["minus", "except", "without", "excluding", "less"])
_EVERY = frozenset(["every", "each"])
_OF = frozenset(["of", "out of"])
_HALF = frozenset(["half", "一半", "half of", "对半", "a third", "a quarter of", "四分之一",
                   "三分之一", "quarter", "third"])  # fmt: skip
_SPOKEN = frozenset(["our", "the", "my", "these", "those", "all", "的", "of", "卡", "显卡"])
_STATE_REACH = 4
_CARD_REACH = 5


def several_copies(cues: Cues) -> Problem | None:
    """Return the question back for several copies of the model on the same cards."""
    reading = cues.reading
    if not cues.own_sized:
        return None
    for index, item in enumerate(reading.items):
        before = reading.at(index - 1)
        number = None if before is None or before.used else _number(before)
        if item.word in _COPIES and before is not None and number is not None and number > 1:
            said = cues.reading.said_values
            size = [*dict(said.get("model", ())).values(), *dict(said.get("params", ())).values()]
            choices = (f"one copy of {size[0]}",) if size else ()
            return Problem("ambiguous", f"{before.text} {item.text}", choices, "factor")
    return None


def cards_held_back(cues: Cues) -> Problem | None:
    """Return the question back for a part of the cards that stands beside their number unused."""
    reading = cues.reading
    count = reading.facts.get("gpu_count")
    if not isinstance(count, int) or count < 2:
        return None
    if any(problem.field == "gpu_count" for problem in reading.problems):
        return None  # ``2 to 4 available`` is asked back as a range
    for index, item in enumerate(reading.items):
        part = _part(reading, index, item, count)
        if part is not None:
            numbers = sorted({part, count - part} - {0, count}, reverse=True)
            choices = tuple(f"{number} GPU{'s' if number > 1 else ''}" for number in numbers)
            return Problem("ambiguous", _words(reading, index), choices, "gpu_count")
    return None


def _part(reading: Reading, index: int, item: Item, count: int) -> int | None:
    """Return how many of ``count`` cards the item sets apart, None for any other item."""
    if "changed" in item.slots:
        return None  # ``half the cards?`` of a conversation: the count is the half already
    if item.word in _HALF and _beside_cards(reading, index):
        return count // (2 if "half" in item.word or "半" in item.word else 4)
    if item.slots - {"per", "per_gpu"}:
        return None
    number = _number(item)
    before, after = reading.at(index - 1), reading.at(index + 1)
    if number is None or number != int(number) or not 0 < number < count:
        return None
    if after is not None and (after.has("unit", "node") or after.has("per", "node")):
        return None  # of machines, which hold more cards
    of = after is not None and after.word in _OF and _beside_cards(reading, index)
    if before is not None and before.word in _EVERY:
        return None  # ``every one of the 16 cards``
    less = before is not None and before.word in _LESS
    state = any(
        other.word in _STATE
        for other in reading.items[index + 1 : index + 1 + _STATE_REACH]
        if other.quantity is None
    )
    return int(number) if of or less or state else None


def _beside_cards(reading: Reading, index: int) -> bool:
    """Whether cards or their number stand soon behind, with only small words between."""
    for place in range(index + 1, index + 1 + _CARD_REACH):
        item = reading.at(place)
        if item is None:
            return False
        if item.has("unit", "gpu") or item.has("card") or "gpu_count" in item.slots:
            return True
        if item.word not in _SPOKEN:
            return False
    return False


def _number(item: Item) -> float | None:
    spoken = item.get("numword")
    if spoken is not None:
        return float(spoken)
    if item.is_kind("number", "gpus") and item.quantity is not None:
        return item.quantity.value
    return None


def _words(reading: Reading, index: int) -> str:
    start = max(0, index - 1) if reading.items[max(0, index - 1)].word in _LESS else index
    said = reading.items[start : index + (2 if start < index else 4)]
    stop = next((i for i, item in enumerate(said) if item.word in ",:;.?"), len(said))
    return " ".join(item.text for item in said[:stop])
