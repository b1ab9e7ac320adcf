"""Conversion between units of data (GB, GiB and Gb are three things), of FLOPS, of card time."""

from __future__ import annotations

from calculators.case import Case
from calculators.formula import Quantity, define
from calculators.results import Calculation, Source
from calculators.text import Text
from calculators.units import BITS_PER_UNIT, canonical_unit, format_number
from calculators.units import convert as convert_units

CONVERT = define(
    "convert_units",
    title=Text("Conversion by the bits of a unit", "按单位的比特数换算"),
    result=Quantity("y", Text("converted amount", "换算结果"), "count"),
    symbols=(
        Quantity("x", Text("amount", "数量"), "count"),
        Quantity("u_1", Text("bits of the unit from", "原单位的比特数"), "count"),
        Quantity("u_2", Text("bits of the unit to", "目标单位的比特数"), "count"),
    ),
    expression=lambda x, u_1, u_2: x * u_1 / u_2,
    source=Source("SI prefixes and IEC 80000-13", "decimal and binary multiples of the byte"),
)
BY_WORTH = define(
    "convert_by_worth",
    title=Text("Conversion by what a unit is worth", "按单位的大小换算"),
    result=Quantity("y", Text("converted amount", "换算结果"), "count"),
    symbols=(
        Quantity("x", Text("amount", "数量"), "count"),
        Quantity("w_1", Text("worth of the unit from", "原单位的大小"), "count"),
        Quantity("w_2", Text("worth of the unit to", "目标单位的大小"), "count"),
    ),
    expression=lambda x, w_1, w_2: x * w_1 / w_2,
    source=Source("SI prefixes", "FLOPS by powers of a thousand; a day has 24 hours"),
)
_WORTH: tuple[dict[str, int], ...] = (
    {"FLOPS": 1, "GFLOPS": 10**9, "TFLOPS": 10**12, "PFLOPS": 10**15, "EFLOPS": 10**18},
    {"GPU-hours": 1, "GPU-days": 24},
)
_UNITS = {"GPU-hours": "hours"}
COUNTERPART = {"GB": "GiB", "GiB": "GB", "MB": "MiB", "MiB": "MB", "TB": "TiB", "TiB": "TB"}


def convert(case: Case) -> Calculation:
    """Return ``quantity`` of ``from_unit`` in ``to_unit``; GB and GiB stand for each other.

    A rate (``GB/s`` to ``Gb/s``) goes by what it carries in a second, and has its unit.
    FLOPS (``TFLOPS``, ``PFLOPS``) and card time (``GPU-days``, ``GPU-hours``) go by their worth.
    """
    amount = case.require("quantity", "How much is to be converted?", "要换算的数量是多少？")
    source = case.require("from_unit", "From which unit?", "从什么单位换算？")
    target = case.get("to_unit")
    worth = next((found for found in _WORTH if source in found and target in found), None)
    if worth is not None:
        value = case.trail.run(BY_WORTH, x=amount, w_1=worth[source], w_2=worth[target])
        text = f"{format_number(amount, 6)} {source} = {format_number(value, 6)} {target}"
        return case.finish(value=value, unit=_UNITS.get(target, target), headline=Text(text, text))
    per = "/s" if source.endswith("/s") else ""
    unit = canonical_unit(source.removesuffix("/s"))
    if target is None:
        target = COUNTERPART.get(unit, "GB")
        case.default("to_unit", target, f"to {target}", f"换算为 {target}")
    target = canonical_unit(target.removesuffix("/s"))
    value = convert_units(amount, unit, target)
    case.trail.run(CONVERT, x=amount, u_1=BITS_PER_UNIT[unit], u_2=BITS_PER_UNIT[target])
    text = f"{format_number(amount, 6)} {unit}{per} = {format_number(value, 6)} {target}{per}"
    total = convert_units(amount, unit, "B")
    return case.finish(
        value=value,
        unit=target,
        value_bytes=round(total),
        headline=Text(text, text),
    )
