"""Weight formats by their width alone (``4.5bpw``, ``6-bit``), and formats that nobody knows."""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.quantising import bind_quant_asked
from bot.understanding.reading import Reading

_FEWEST_BITS, _MOST_BITS = 1, 16
_WIDTH_WORDS = frozenset({"位", "bit"})
_FAMILIES = frozenset({"fp", "int", "uint", "bf", "mxfp", "mxint", "nvfp", "exl"})
_USUAL = ("fp8", "int8", "int4", "4.5bpw")


def bind_widths(reading: Reading) -> None:
    """Take a stated number of bits a weight as the format, where a model is named."""
    if not {"model", "params"} & reading.facts.keys():
        return
    words = [i for i in reading.tagged("quantised") if "withdrawn" not in reading.items[i].slots]
    for place in words:
        reading.items[place].slots.add("quantised")
    if "dtype" in reading.facts or "kv_dtype" in reading.facts:
        return
    for index, item in enumerate(reading.items):
        if _is_width(reading, index, item):
            assert item.quantity is not None
            reading.take(item, "dtype", f"{item.quantity.value:g}bpw")
            if not item.is_kind("bits"):
                reading.items[index + 1].slots.add("dtype")
            for name in _unknown(reading):
                _claim(reading, name)
            return
    for index in _unknown(reading):
        family, width = reading.items[index : index + 2]
        _claim(reading, index)
        reading.problem("unknown_format", f"{family.text}{width.text}", _USUAL, "dtype")
        return
    bind_quant_asked(reading)
    if words and not reading.says("method", "qlora") and "quant_asked" not in reading.facts:
        word = reading.items[words[0]].text
        reading.problem("unsaid_format", word, _USUAL[1:], "dtype")


def _claim(reading: Reading, index: int) -> None:
    """Keep a format's name from being read as a card's or a model's."""
    for item in reading.items[index : index + 2]:
        item.slots.add("dtype")
    reading.names = [name for name in reading.names if name.start != index]


def _is_width(reading: Reading, index: int, item: Item) -> bool:
    quantity = item.quantity
    if quantity is None or item.used or not _FEWEST_BITS <= quantity.value <= _MOST_BITS:
        return False
    if item.is_kind("bits"):
        return True
    unit, noun = reading.at(index + 1), reading.at(index + 2)
    return (
        item.is_kind("number")
        and unit is not None
        and unit.word in _WIDTH_WORDS
        and noun is not None
        and noun.has("quantised")
    )


def _unknown(reading: Reading) -> list[int]:
    """Return where a family of formats is followed by a width that none of them has: ``fp5``."""
    return [
        index
        for index, item in enumerate(reading.items[:-1])
        if item.word in _FAMILIES
        and not item.slots - {"name"}
        and reading.items[index + 1].is_kind("number")
        and not reading.items[index + 1].gap
    ]
