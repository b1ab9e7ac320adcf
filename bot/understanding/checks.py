"""What must not be computed: impossible numbers, unknown names and units, contradictions."""

from __future__ import annotations

import math

from bot.understanding.counts import count_left, count_right
from bot.understanding.items import Item, Quantity
from bot.understanding.lexicon import glue
from bot.understanding.ranges import either_batch
from bot.understanding.reading import Reading
from bot.understanding.strangers import find_strangers
from bot.understanding.vocabulary import nearest_cards, nearest_models

_LIMITS: dict[str, tuple[float, float]] = {
    "params": (1e3, 1e15),
    "gpus": (1, 1e6),
    "nodes": (1, 1e5),
    "bytes": (1, 1e16),
    "tokens": (1, 1e18),
    "examples": (0, 1e12),
    "scaled": (1, 1e18),
    "tokens_per_s": (1e-9, 1e12),
    "flops": (1, 1e21),
    "step_s": (1e-9, 1e9),
}
_POSITIVE = ("batch", "micro_batch", "global_batch", "seq", "tp", "pp", "dp", "cp", "ep",
             "gpu_count", "lora_rank", "params", "grad_accumulation")  # fmt: skip
_MAXIMA = {"batch": 1e8, "seq": 1e9, "gpu_count": 1e6, "params": 1e15, "tp": 1e5, "pp": 1e5,
           "dp": 1e6, "lora_rank": 1e6, "nodes": 1e5, "micro_batch": 1e8}  # fmt: skip
_EITHER = frozenset(["or", "还是", "或", "或者", "/"])
_NOW_NEAR = 4
_AND = frozenset(["and", "和", "与", "跟"])
_RANGED = frozenset(["between", "在", "介于"])
_UP_TO = frozenset(["to", "到", "至", "~", "-", "–"])
_DIGITS = "一二三四五六七八九"
_DIGITS_ON = frozenset([*_DIGITS, *"零〇十百千"])
_CARD_LETTERS = frozenset(["a", "b", "h", "v", "l", "t", "p"])
_SERIES = frozenset(["rtx", "gtx", "tesla", "radeon", "mi"])
_NOT_CARDS = glue("not_cards")
_STRANGE_UNITS = glue("strange_units")
_CLOSED = glue("closed_models")


def _counted_now(reading: Reading) -> None:
    """Ask back for ``we had 16 cards, now it's 32``: a later number, of what it is not said."""
    count = reading.facts.get("gpu_count")
    if not count or count == 1:
        return
    for index, item in list(reading.free("number")):
        lead = [other.word for other in reading.items[max(0, index - _NOW_NEAR) : index]]
        if "now" in lead and 1 < _whole_number(item) < 1e5 and _whole_number(item) != count:
            choices = (f"{item.text} GPUs", f"{count:g} GPUs")
            reading.problem("contradiction", f"{count:g} / {item.text}", choices, "gpu_count")
            return


def _whole_number(item: Item) -> float:
    value = item.quantity.value if item.quantity is not None else 0.0
    return value if value < 1e9 and value == int(value) else 0.0


def check(reading: Reading) -> None:
    """Record every problem of the reading."""
    for _, item in reading.quantities():
        if item.quantity is not None:
            _number(reading, item, item.quantity)
    for name in _POSITIVE:
        value = reading.facts.get(name)
        if value is None:
            continue
        if value <= 0 or value > _MAXIMA.get(name, 1e9):
            if not any(p.code == "bad_number" for p in reading.problems):
                reading.problem("bad_number", f"{name} = {value:g}", (), name)
            del reading.facts[name]
            if name == "params":
                reading.facts["unsized"] = "params"
    if "sizes" in reading.facts:
        choices = tuple(f"{size / 1e9:g}B" for size in reading.facts["sizes"])
        reading.problem("ambiguous", " / ".join(choices), choices, "params")
    _either_count(reading)
    either_batch(reading)
    _about_so_many(reading)
    _counted_now(reading)
    _strange_units(reading)
    _unknown_cards(reading)
    _other_cards(reading)
    _unknown_models(reading)
    find_strangers(reading)


def _either_count(reading: Reading) -> None:
    """``8 or 16 A100s``, ``4 到 8 张``: two numbers of cards, of which one is meant."""
    if not reading.slotted("gpu_count"):
        return
    whole = reading.says("weighing", "whole")
    for index, item in enumerate(reading.items[:-2]):
        joint, other = reading.items[index + 1 : index + 3]
        before = reading.at(index - 1)
        ranged = before is not None and before.word in _RANGED
        listed = (whole or ranged) and joint.word in _AND
        listed = listed or (joint.word in _UP_TO)
        joined = joint.word in _EITHER or listed or joint.has("weighing", "between")
        free = item.is_kind("number") and not item.used and joined
        if free and "gpu_count" in other.slots and other.quantity is not None:
            numbers = (item.text, f"{other.quantity.value:g}")
            choices = tuple(f"{number} GPUs" for number in numbers)
            reading.problem("contradiction", " / ".join(numbers), choices, "gpu_count")


def _about_so_many(reading: Reading) -> None:
    """``六七张``: six or seven cards, and not sixty-seven."""
    for index in reading.slotted("gpu_count"):
        text = reading.items[index].text
        first = _DIGITS.find(text[0]) + 1 if text else 0
        if first and text[1:2] == _DIGITS[first : first + 1] != "" and text[2:3] not in _DIGITS_ON:
            choices = (f"{first} GPUs", f"{first + 1} GPUs")
            reading.problem("contradiction", text, choices, "gpu_count")


def _number(reading: Reading, item: Item, quantity: Quantity) -> None:
    if quantity.negative and (item.used or quantity.kind != "number"):
        reading.problem("bad_number", f"-{item.text}", (), _field(item))
        return
    if not math.isfinite(quantity.value):
        reading.problem("bad_number", item.text[:40], (), _field(item))
        return
    low, high = _LIMITS.get(quantity.kind, (-math.inf, 1e30))
    if not low <= quantity.value <= high:
        reading.problem("bad_number", item.text[:40], (), _field(item))
        if quantity.scale == "b" and not {"params", "model"} & reading.facts.keys():
            reading.facts["unsized"] = item.text[:40]


def _field(item: Item) -> str:
    return next(iter(sorted(item.slots)), "")


def _strange_units(reading: Reading) -> None:
    if reading.words.isdisjoint(_STRANGE_UNITS):
        return
    for index, item in enumerate(reading.items[:-1]):
        follower = reading.items[index + 1]
        if item.is_kind("number") and not item.used and follower.word in _STRANGE_UNITS:
            choices = (f"{item.text}B", f"{item.text}GB")
            reading.problem("unknown_unit", f"{item.text} {follower.text}", choices)
            item.slots.add("unit")
            reading.facts["unsized"] = item.text


def _unknown_cards(reading: Reading) -> None:
    """Find a letter and a number glued together like a card's name, but no known card."""
    for index, follower in ((place - 1, item) for place, item in reading.quantities() if place):
        if not _plain_number(follower) or follower.gap:
            continue
        item = reading.items[index]
        letter = item.word
        name = f"{item.text}{follower.text}"
        if letter in _CARD_LETTERS and len(follower.text) >= 2 and name.lower() not in _NOT_CARDS:
            _unknown_card(reading, index, name)
    if reading.words.isdisjoint(_SERIES):
        return
    for index, item in enumerate(reading.items[:-1]):
        follower = reading.items[index + 1]
        series = item.word in _SERIES and not item.has("card")
        if series and _plain_number(follower):
            _unknown_card(reading, index, f"{item.text} {follower.text}")


def _other_cards(reading: Reading) -> None:
    """Hardware that people name and the registry does not have."""
    for index in reading.tagged("other_card"):
        item = reading.items[index]
        if not item.has("card"):
            item.slots.add("gpu")
            reading.facts["unknown_card"] = item.text
            reading.problem("unknown_gpu", item.text, nearest_cards(item.text), "gpu")


def _plain_number(item: Item) -> bool:
    return item.is_kind("number") and not item.used and item.text.isdigit()


def _unknown_card(reading: Reading, index: int, name: str) -> None:
    """Name the card that is not known; how many there are of it holds for the one that is meant."""
    for item in reading.items[index : index + 2]:
        item.slots.add("gpu")
    count = count_left(reading, index - 1) or count_right(reading, index + 2)
    if count is not None and 1 <= count.value < 1e6:
        reading.facts.setdefault("gpu_count", int(count.value))
    reading.facts["unknown_card"] = name
    reading.problem("unknown_gpu", name, nearest_cards(name), "gpu")


def _unknown_models(reading: Reading) -> None:
    """Find a known family with an unknown version, or a model of unpublished size."""
    if not reading.says("family") and reading.words.isdisjoint(_CLOSED):
        return
    for index, item in enumerate(reading.items):
        if item.has("family") and not item.has("model"):
            _version(reading, item, index)
        elif item.word in _CLOSED and not item.has("model"):
            number = _version_number(reading, index)
            version = f"-{number.text}" if number is not None else ""
            if number is not None:
                number.slots.add("model")
            if "params" not in reading.facts:
                name = item.text + version
                reading.facts["unsized"] = name
                reading.problem("unknown_model", name, nearest_models(name), "model")


def _version_number(reading: Reading, index: int) -> Item | None:
    """Return the number glued or hyphened to the name at ``index``."""
    place = index + 1
    follower = reading.at(place)
    if follower is not None and follower.text in ("-", "_"):
        place += 1
        follower = reading.at(place)
    if follower is None or not follower.is_kind("number") or follower.gap:
        return None
    return None if follower.used and "model" not in follower.slots else follower


def _version(reading: Reading, item: Item, index: int) -> None:
    follower = _version_number(reading, index)
    if follower is None:
        return
    reading.facts.pop("model", None)
    reading.facts.setdefault("unsized", item.text)
    name = f"{item.text}-{follower.text}"
    reading.problems[:] = [p for p in reading.problems if p.text != item.text]
    follower.slots.add("model")
    reading.problem("unknown_model", name, nearest_models(name), "model")
