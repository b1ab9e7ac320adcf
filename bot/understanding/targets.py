"""What is asked for by name: a unit to convert into, a property of a card, a share per card."""

from __future__ import annotations

from bot.understanding.atoms import Atom
from bot.understanding.conversions import bind_conversion
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading

_ATTRIBUTES = (
    ("compute_capability", "compute_capability"),
    ("nvlink", "nvlink"),
    ("bandwidth", "bandwidth"),
    ("tdp", "tdp"),
    ("flops", "flops"),
    ("memory", "memory"),
)
_JOINING = frozenset(
    ["and", ",", "&", "+", "/", "和", "与", "及", "以及", "、", "还有", "跟", "plus"]
)
_COUNTING = glue("counting")
_IN_UNITS = glue("in_units")
_CONVERTING = frozenset(
    ["等于", "等于多少", "换算", "换算成", "折合", "合", "convert", "equals", "equal"]
)
_MEMORY_UNITS = frozenset(["gb", "gib", "mb", "mib"])
_SHORT_QUESTION = 8
_OWNERS = frozenset(["our", "my", "the", "these", "those", "all"])


def bind_targets(reading: Reading, atoms: tuple[Atom, ...], text: str) -> None:
    """Read the target unit of a conversion, the property of a card, and ``per card``."""
    bind_conversion(reading, atoms, text)
    _attribute(reading)
    for index in reading.tagged("per", "gpu"):
        item = reading.items[index]
        if _states_memory(reading, index):
            continue
        after = reading.at(index + 1)
        before = reading.at(index - 1)
        of_sequence = before is not None and "seq" in before.slots
        ends = after is None or after.word == "?" or _of_cards(reading, index)
        last = item.word == "each" and ends and not of_sequence
        if not item.used and (last or item.word not in ("each", "apiece", "a gpu", "a card")):
            item.slots.add("per_gpu")
            reading.facts["per_gpu"] = True
    for index in reading.tagged("shape", "headroom"):
        if not _tells_a_number(reading, index):
            reading.facts["headroom"] = True
            reading.items[index].slots.add("headroom")


def _of_cards(reading: Reading, index: int) -> bool:
    """``each of our 8 A100s``: every one of the cards, whose number follows."""
    of = reading.at(index + 1)
    number = reading.at(reading.skip(index + 2, 1, _OWNERS))
    return of is not None and of.word == "of" and number is not None and "gpu_count" in number.slots


def _tells_a_number(reading: Reading, index: int) -> bool:
    """Whether ``实际`` says what there is (``实际只有 32 张``), not what practice takes."""
    if reading.items[index].word not in ("实际", "实际上"):
        return False
    return any(item.quantity is not None for item in reading.items[index + 1 : index + 5])


def _states_memory(reading: Reading, index: int) -> bool:
    """Whether ``每张卡`` only introduces how much memory each card has."""
    around = (reading.at(index - 1), reading.at(index + 1))
    return any(item is not None and item.is_kind("bytes") for item in around)


def _flash_attention(reading: Reading) -> str:
    """Return flash-attention as an attribute of a card, with the version where one is named."""
    for item in reading.items:
        if item.has("attention", "flash") and item.word[-1:] in ("2", "3"):
            return f"flash_attention_{item.word[-1]}"
    return "flash_attention"


def _attribute(reading: Reading) -> None:
    if not reading.cards:
        return
    sized = "params" in reading.facts or "model" in reading.facts
    asked = reading.says("ask", "fit") or _does_it(reading)
    if reading.says("topic", "support") or (asked and not sized):
        dtype = reading.facts.get("dtype")
        if dtype in ("bf16", "fp8", "fp16", "int8", "tf32"):
            reading.facts["attribute"] = dtype if dtype in ("bf16", "fp8") else "flops"
            return
        if "attention" in reading.facts:
            reading.facts["attribute"] = _flash_attention(reading)
            return
    if not sized and "attention" in reading.facts and not reading.says("topic", "memory"):
        reading.facts["attribute"] = _flash_attention(reading)
        return
    if not sized and _converts_memory(reading):
        reading.facts["attribute"] = "memory"
        return
    named = attribute_named(reading)
    if named is not None:
        reading.facts["attribute"] = named
        return
    unit = _unit_counted(reading)
    short = len(reading.items) <= 4 and not sized
    if unit is None and short and reading.facts.get("dtype") in ("bf16", "fp8"):
        unit = reading.facts["dtype"]
    if unit is None and not sized and reading.says("run", "flops"):
        unit = "flops"  # ``8 张 H100 总算力``
    if unit is not None:
        reading.facts["attribute"] = unit


def attributes_joined(reading: Reading) -> dict[str, str]:
    """Return the properties that are asked together, each with its words, as they are said.

    Empty where fewer than two are joined: ``显存带宽`` and ``bandwidth of its memory`` are one.
    """
    found: dict[str, str] = {}
    last = 0
    for index, item in enumerate(reading.items):
        named = None if item.used else _attribute_of(item)
        if named is None or _states_memory(reading, index):
            continue
        between = {other.word for other in reading.items[last + 1 : index]}
        if found and not between & _JOINING:
            return {}
        found.setdefault(named, item.text)
        last = index
    return found if len(found) > 1 else {}


def _attribute_of(item: Item) -> str | None:
    for topic, attribute in _ATTRIBUTES:
        if item.has("topic", topic):
            return attribute
    return "flops" if item.has("key", "flops") else None


def attribute_named(reading: Reading) -> str | None:
    """Return the property of a card that a word names, the first of several that are joined."""
    joined = attributes_joined(reading)
    if joined:
        return next(iter(joined))
    for topic, attribute in _ATTRIBUTES:
        if reading.says("topic", topic):
            return attribute
    return "flops" if reading.says("key", "flops") else None


def _does_it(reading: Reading) -> bool:
    """Whether a few words ask a yes or no of a card: ``does the V100 do bf16``."""
    words = [item.word for item in reading.items]
    return len(words) <= _SHORT_QUESTION and words[0] in ("does", "do", "can", "will")


def _converts_memory(reading: Reading) -> bool:
    """``4090 24G 等于多少 MiB``: a card's memory in another unit, as its driver counts it."""
    words = {item.word for item in reading.items if item.quantity is None}
    return bool(words & _CONVERTING and words & _MEMORY_UNITS)


def _unit_counted(reading: Reading) -> str | None:
    """``几个 G``, ``how many gigs``, ``多少 T``: the property whose unit is counted."""
    for index, item in enumerate(reading.items[1:], start=1):
        if item.quantity is None and reading.items[index - 1].word in _COUNTING:
            if index > 1 and reading.items[index - 2].word in ("十", "百", "千"):
                return None
            if item.word in _IN_UNITS:
                return "memory"
            if item.word in ("t", "tf", "tflops", "flops", "tops"):
                return "flops"
            if item.word in ("w", "kw"):
                return "tdp"
    return None
