"""An amount and the unit that it is asked in: ``24 GiB in GB``, ``15 PFLOPS 是多少 TFLOPS``.

Data and FLOPS are converted unit by unit; a time on a number of cards becomes card hours.
"""

from __future__ import annotations

import re

from bot.understanding.atoms import Atom
from bot.understanding.data_units import BITRATES, FLOPS, FLOPS_NAMES, read_unit
from bot.understanding.items import Item
from bot.understanding.network import is_ethernet
from bot.understanding.reading import Reading

_OF_A_RUN = ("params", "model", "dtype", "seq", "batch", "total_tokens")
_UNITS_ASKED = frozenset({"bytes", "byte", "字节"})
_ASKED = frozenset(["convert", "conversion", "换算", "换算成", "转换"])
_DAY_S, _HOUR_S = 86_400.0, 3600.0
_LONG = ("hour", "day", "week", "month")
_OF_CARDS = re.compile(r"(?:gpu|card|卡)[ -]?个?(?:hour|day|h|小时|时|天)")


def bind_conversion(reading: Reading, atoms: tuple[Atom, ...], text: str) -> None:
    """Read an amount with the unit it is to be converted into; nothing where a run is told."""
    if any(name in reading.facts for name in _OF_A_RUN):
        return
    _card_time(reading)
    if reading.cards or "gpu_count" in reading.facts:
        return
    _flops(reading)
    _data(reading, atoms, text)


def _convert(reading: Reading, item: Item, amount: float, source: str, target: str) -> None:
    item.slots.add("quantity")
    reading.facts |= {"quantity": amount, "from_unit": source, "to_unit": target}


def _data(reading: Reading, atoms: tuple[Atom, ...], text: str) -> None:
    """``how many GB is 24 GiB``, ``80GB等于多少GiB``, ``200 Gbps in GB/s``."""
    amounts = [i for _, i in reading.quantities() if i.is_kind("bytes", "bits", "bandwidth")]
    ports = [] if amounts else [i for n, i in reading.quantities() if is_ethernet(reading, n)]
    amounts = amounts or ports
    if len(amounts) != 1:
        return
    quantity = amounts[0].quantity
    assert quantity is not None
    source = "Gb" if ports else quantity.unit
    if not source or quantity.kind == "bits":
        return
    target = _target_unit(reading, atoms, text, source)
    if target is None:
        return
    reading.facts.pop("gpu_memory_bytes", None)
    per = "/s" if ports or quantity.kind == "bandwidth" else ""
    _convert(reading, amounts[0], quantity.number, source + per, target + per)


def _target_unit(reading: Reading, atoms: tuple[Atom, ...], text: str, source: str) -> str | None:
    target = None
    for item in reading.items:
        if item.quantity is not None or item.end - item.start != 1:
            continue
        atom = atoms[item.start]
        if atom.text in _UNITS_ASKED:
            item.slots.add("to_unit")
            return "B"
        original = text[atom.start : atom.end]
        unit = read_unit(atom.text, original) if atom.kind == "word" and len(original) > 1 else None
        unit = BITRATES.get(atom.text, unit)
        if unit is not None:
            item.slots.add("to_unit")
            target = unit[0]
            if target != source:
                break  # ``GiB to GB: 80 GiB`` names the source too
    if target is not None:
        return target
    if any(item.word in _ASKED for item in reading.items):
        return source.replace("i", "") if "i" in source else source.replace("B", "iB")
    return None


def _flops(reading: Reading) -> None:
    """``15 PFLOPS in TFLOPS``: one amount of FLOPS, and another unit of them without a number."""
    amounts = [item for _, item in reading.quantities() if item.is_kind("flops")]
    named = [item for item in reading.items if item.quantity is None and item.word in FLOPS]
    if len(amounts) != 1 or not named or amounts[0].quantity is None:
        return
    unit = next((word for word in FLOPS if amounts[0].word.endswith(word)), None)
    sizes = {FLOPS[word] for word in FLOPS if amounts[0].word.endswith(word)}
    targets = [item for item in named if FLOPS[item.word] not in {max(sizes, default=0.0)}]
    if unit is None or not targets:
        return
    source = max(sizes)
    targets[-1].slots.add("to_unit")
    reading.facts.pop("tflops_gpu", None)
    amount = amounts[0].quantity.value / source
    _convert(reading, amounts[0], amount, FLOPS_NAMES[source], FLOPS_NAMES[FLOPS[targets[-1].word]])


def _card_time(reading: Reading) -> None:
    """``3 days on 64 GPUs in GPU hours``: the time is that of all cards together."""
    asked = [item for item in reading.items if not item.used and _card_unit(item)]
    times = [
        item
        for _, item in reading.quantities()
        if item.quantity is not None and item.is_kind("time") and item.quantity.unit in _LONG
    ]
    cards = reading.facts.get("gpu_count")
    if not asked or len(times) != 1 or not cards or times[0].quantity is None:
        return
    asked[0].slots.add("to_unit")
    hourly = times[0].quantity.unit == "hour"
    amount = times[0].quantity.value / (_HOUR_S if hourly else _DAY_S) * cards
    source = "GPU-hours" if hourly else "GPU-days"
    _convert(reading, times[0], amount, source, _card_unit(asked[0]) or "")


def _card_unit(item: Item) -> str | None:
    """Return the unit of card time that an item names or asks: ``卡时``, ``how many GPU-days``."""
    told = item.has("card_time") or (item.has("ask", "time") and _OF_CARDS.search(item.word))
    if not told or item.quantity is not None:
        return None
    days = item.get("card_time") == "24" or any(word in item.word for word in ("day", "天"))
    return "GPU-days" if days else "GPU-hours"
