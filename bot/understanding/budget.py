"""Card hours said as one amount: ``50k H100 hours``, ``10,000 GPU-hours``, ``5万卡时``."""

from __future__ import annotations

from bot.understanding.items import Item
from bot.understanding.reading import Reading

_HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0}
_BETWEEN = frozenset(["-", "of", "nvidia", "的", "个", "*"])
_NUMBERS = ("number", "scaled", "gpus")
_SCALES = frozenset(["", "k", "m", "w", "万"])


def bind_budget(reading: Reading) -> None:
    """Take each amount of card hours, so that its number counts no cards."""
    for index, item in enumerate(reading.items):
        quantity = item.quantity
        if quantity is None or item.used or quantity.kind not in _NUMBERS or quantity.value <= 0:
            continue
        if quantity.kind == "scaled" and quantity.scale not in _SCALES:
            continue
        found = _unit_after(reading, index, counted=quantity.kind == "gpus")
        if found is not None:
            unit, hours = found
            reading.take(item, "gpu_hours", quantity.value * hours)
            unit.slots.add("gpu_hours")


def _unit_after(reading: Reading, index: int, *, counted: bool) -> tuple[Item, float] | None:
    """Return the word for card hours after a number, over one card's name, and its hours."""
    place = reading.skip(index + 1, 1, _BETWEEN)
    item = reading.at(place)
    carded = counted
    if item is not None and item.has("card") and item.quantity is None:
        carded = True
        place = reading.skip(place + 1, 1, _BETWEEN)
        item = reading.at(place)
    if item is None or item.quantity is not None:
        return None
    spoken = item.get("card_time")
    if spoken is not None:
        return item, float(spoken)
    unit = item.get("unit")
    return (item, _HOURS[unit]) if carded and unit in _HOURS else None
