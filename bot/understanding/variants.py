"""Variants of one card against each other: ``H100 PCIe vs SXM``, ``A100 40G 和 80G``."""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.reading import Reading
from bot.understanding.sets import note_set
from bot.understanding.vocabulary import choose_card

_FORMS = frozenset({"pcie", "sxm", "nvl"})
_BESIDE = frozenset({"和", "与", "跟", "and", "/", "、"})
_FURTHEST = 5


def bind_variants(reading: Reading) -> None:
    """Add the second variant of the only card, named by its form or its memory alone."""
    places = reading.tagged("card")
    if len(places) != 1 or len(reading.cards) != 1 or not reading.says("ask", "compare"):
        return
    start = places[0]
    family = (reading.items[start].get("card") or "").partition("|")[0]
    for index in range(start + 1, min(start + _FURTHEST, len(reading.items) - 1)):
        item, other = reading.items[index], reading.items[index + 1]
        if not (item.has("weighing", "between") or item.word in _BESIDE):
            continue
        name = _named(family, other)
        if name is not None and name != reading.cards[0]:
            other.slots.add("gpu")
            reading.cards.append(name)
            reading.facts.pop("gpu_memory_bytes", None)
            note_set(reading, name, None, None, index + 1)
            return


def _named(family: str, item: Item) -> str | None:
    form = item.word.rstrip("2345")
    if form in _FORMS:
        card = choose_card(family, None, form)
    elif item.is_kind("bytes") and item.quantity is not None:
        card = choose_card(family, item.quantity.value / 1e9, None)
    else:
        return None
    return None if card is None else card.name
