"""How the terms of a formula and its numbers are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from calculators.units import decimal_bytes, format_bytes, format_number, format_params

Piece = str | int
"""A piece of a template: literal text, or the index of a symbol."""


class Template:
    """An expression as pieces, to be filled with symbols or with numbers."""

    __slots__ = ("pieces",)

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = tuple(_merged(pieces))

    def fill(self, names: Sequence[str]) -> str:
        """Put ``names[i]`` in the place of symbol ``i``."""
        return "".join([p if isinstance(p, str) else names[p] for p in self.pieces])


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, str) and isinstance(last, str):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    return merged


_PREFIXES = ((10**18, "E"), (10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"))


def _prefixed(value: float, unit: str) -> str:
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor:
            return f"{format_number(value / factor)} {prefix}{unit}"
    return f"{format_number(value)} {unit}"


def _seconds(value: float) -> str:
    if value and abs(value) < 1e-3:
        return f"{format_number(value * 1e6)} µs"
    if value and abs(value) < 1:
        return f"{format_number(value * 1e3)} ms"
    return f"{format_number(value)} s"


_FORMATS: dict[str, Callable[[float], str]] = {
    "bytes": decimal_bytes,
    "params": format_params,
    "bytes/param": lambda v: "1 byte" if v == 1 else f"{format_number(v)} bytes",
    "bits": lambda v: "1 bit" if v == 1 else f"{format_number(v)} bits",
    "FLOP": lambda v: _prefixed(v, "FLOP"),
    "FLOPS": lambda v: _prefixed(v, "FLOPS"),
    "bytes/s": lambda v: _prefixed(v, "B/s"),
    "s": _seconds,
    "hours": lambda v: f"{format_number(v)} h",
    "tokens/s": lambda v: f"{format_number(v)} tokens/s",
    "tokens/s/gpu": lambda v: f"{format_number(v)} tokens/s/gpu",
    "examples/s": lambda v: f"{format_number(v)} examples/s",
    "%": lambda v: f"{format_number(v)} %",
    "TFLOPS": lambda v: f"{format_number(v)} TFLOPS",
    "tokens": lambda v: f"{format_number(v, 7)}" if v < 10**7 else format_params(v),
    "count": lambda v: f"{format_number(v, 7)}",
}


def format_value(value: float, unit: str) -> str:
    """Show a value that stands inside a formula: ``7 B``, ``2 bytes``, ``80 GB``, ``2,048``."""
    show = _FORMATS.get(unit)
    return show(value) if show else f"{format_number(value)} {unit}"


def format_result(value: float, unit: str) -> str:
    """Show a result: like :func:`format_value`, bytes with GiB beside the GB."""
    return format_bytes(value) if unit == "bytes" else format_value(value, unit)
