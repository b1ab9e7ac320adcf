"""Conversion between units of data; GB, GiB and Gb are three different things."""

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
COUNTERPART = {"GB": "GiB", "GiB": "GB", "MB": "MiB", "MiB": "MB", "TB": "TiB", "TiB": "TB"}


def convert(case: Case) -> Calculation:
    """Return ``quantity`` of ``from_unit`` in ``to_unit``; GB and GiB stand for each other."""
    amount = case.require("quantity", "How much is to be converted?", "要换算的数量是多少？")
    source = case.require("from_unit", "From which unit?", "从什么单位换算？")
    unit = canonical_unit(source)
    target = case.get("to_unit")
    if target is None:
        target = COUNTERPART.get(unit, "GB")
        case.default("to_unit", target, f"to {target}", f"换算为 {target}")
    target = canonical_unit(target)
    value = convert_units(amount, unit, target)
    case.trail.run(CONVERT, x=amount, u_1=BITS_PER_UNIT[unit], u_2=BITS_PER_UNIT[target])
    text = f"{format_number(amount, 6)} {unit} = {format_number(value, 6)} {target}"
    total = convert_units(amount, unit, "B")
    return case.finish(
        value=value,
        unit=target,
        value_bytes=round(total),
        headline=Text(text, text),
    )
