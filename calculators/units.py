"""Units of data as exact integers: decimal (kB, MB, GB), binary (KiB, MiB, GiB) and bits.

``Gb`` is a gigabit and ``GB`` a gigabyte; a bare ``G`` is read as decimal gigabytes, as model
and card sizes are quoted. Sources: SI prefixes (BIPM), binary prefixes (IEC 80000-13).
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from calculators.errors import InvalidRequest
from calculators.text import Text

_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_BINARY = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50}


def _table() -> dict[str, int]:
    bits = {"b": 1, "bit": 1, "bits": 1, "B": 8, "byte": 8, "bytes": 8}
    for prefix, factor in _DECIMAL.items():
        bits[f"{prefix}B"] = bits[prefix.upper()] = 8 * factor
        bits[f"{prefix}b"] = bits[f"{prefix}bit"] = bits[f"{prefix}bits"] = factor
    for prefix, factor in _BINARY.items():
        bits[f"{prefix}iB"] = bits[f"{prefix}i"] = 8 * factor
        bits[f"{prefix}ib"] = bits[f"{prefix}ibit"] = factor
    bits["KB"] = 8 * 1000
    bits["Kb"] = 1000
    return bits


BITS_PER_UNIT: dict[str, int] = _table()
"""Bits in one unit, by its exact spelling."""

_LOOSE = {
    name.lower(): name
    for name in ("kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "PiB", "Gbit", "Mbit")
}
_AMOUNT = re.compile(r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)\s*([A-Za-z]*)\s*")


def canonical_unit(unit: str) -> str:
    """Return the exact spelling of ``unit``; ``gb`` in lower case alone is read as GB."""
    if unit in BITS_PER_UNIT:
        return unit
    known = _LOOSE.get(unit.lower())
    if known is None:
        shown = unit[:20]
        raise InvalidRequest(
            Text(
                f"Unknown unit '{shown}'. Known: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, Mb, Gb.",
                f"不认识单位“{shown}”。可用：B、kB、MB、GB、TB、KiB、MiB、GiB、TiB、Mb、Gb。",
            ),
            field="unit",
        )
    return known


def convert(amount: float, from_unit: str, to_unit: str) -> float:
    """Convert ``amount`` between two units of data, exactly where the result is whole."""
    factor = Fraction(
        BITS_PER_UNIT[canonical_unit(from_unit)], BITS_PER_UNIT[canonical_unit(to_unit)]
    )
    result = Fraction(amount) * factor
    return int(result) if result.denominator == 1 else float(result)


def parse_bytes(text: str) -> int:
    """Read ``80GB``, ``32 GiB`` or ``24564 MiB`` as bytes; a bare number is bytes.

    Raises InvalidRequest when it is no amount of data, or less than a whole byte.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None or len(text) > 64:
        shown = text[:40]
        raise InvalidRequest(
            Text(
                f"'{shown}' is not an amount of memory such as 80GB or 24564MiB.",
                f"“{shown}”不是显存大小，应类似 80GB 或 24564MiB。",
            )
        )
    number = Fraction(match[1].replace("_", "").replace(",", ""))
    return int(number * BITS_PER_UNIT[canonical_unit(match[2] or "B")] / 8)


def format_number(value: float, digits: int = 4) -> str:
    """Round to ``digits`` significant digits, with thousands separators and no idle zeros.

    >>> format_number(13.0385)
    '13.04'
    >>> format_number(1040.0)
    '1,040'
    """
    if isinstance(value, int) or float(value).is_integer():
        whole = int(value)
        if abs(whole) < 10**digits:
            return f"{whole:,}"
    if abs(value) >= 10 ** (digits - 1):
        return f"{round(value):,}"
    if value == 0:
        return "0"
    shown = f"{value:.{digits}g}"
    if "e" in shown:
        return shown
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


_DECIMAL_STEPS = ((10**13, 10**12, "TB"), (10**9, 10**9, "GB"), (10**6, 10**6, "MB"))
_BINARY_STEPS = ((10 * 2**40, 2**40, "TiB"), (2**30, 2**30, "GiB"), (2**20, 2**20, "MiB"))


def _scaled(count: float, steps: tuple[tuple[int, int, str], ...]) -> str | None:
    for threshold, factor, unit in steps:
        if abs(count) >= threshold:
            return f"{format_number(count / factor)} {unit}"
    return None


@lru_cache(maxsize=4096)
def decimal_bytes(count: float) -> str:
    """Show bytes in decimal units: ``25.3 GB``; below a megabyte as bytes."""
    return _scaled(count, _DECIMAL_STEPS) or f"{format_number(count, 12)} bytes"


@lru_cache(maxsize=4096)
def format_bytes(count: float) -> str:
    """Show bytes in decimal units with the binary ones beside: ``112 GB (104.3 GiB)``."""
    decimal = _scaled(count, _DECIMAL_STEPS)
    if decimal is None:
        return f"{format_number(count, 12)} bytes"
    binary = _scaled(count, _BINARY_STEPS) or f"{format_number(count / 2**20)} MiB"
    return f"{decimal} ({binary})"


def format_params(count: float) -> str:
    """Show a parameter count: ``7 B`` where that is exact, ``6,738,415,616`` where it is not."""
    for factor, unit in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if count >= factor:
            short = f"{count / factor:.4g}"
            if "e" not in short and abs(float(short) * factor - count) < 0.5:
                return f"{short} {unit}"
    return f"{count:,.0f}"


def short_params(count: float) -> str:
    """Show a parameter count in three digits: ``6.74B``."""
    for factor, unit in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if count >= factor:
            return f"{format_number(count / factor, 3)}{unit}"
    return f"{count:,.0f}"
