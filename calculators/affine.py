"""Inverts formulas that are a straight line in their unknown, exactly and without sympy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from calculators.results import Number

Known = int | Fraction


class Line:
    """``start + slope * x`` for the unknown x; anything that leaves the line is a TypeError."""

    def __init__(self, start: Known, slope: Known) -> None:
        self.start = start
        self.slope = slope

    def __add__(self, other: Any) -> Line:
        if isinstance(other, Line):
            return Line(self.start + other.start, self.slope + other.slope)
        if isinstance(other, int | Fraction):
            return Line(self.start + other, self.slope)
        return NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Line:
        return Line(-self.start, -self.slope)

    def __sub__(self, other: Any) -> Line:
        if isinstance(other, Line | int | Fraction):
            return self + -other
        return NotImplemented

    def __rsub__(self, other: Any) -> Line:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> Line:
        if isinstance(other, int | Fraction):
            return Line(self.start * other, self.slope * other)
        return NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Line:
        if isinstance(other, int | Fraction):
            return self * (1 / Fraction(other))
        return NotImplemented


def solve_line(
    expression: Callable[..., Any],
    symbols: tuple[str, ...],
    unknown: str,
    known: Mapping[str, Number],
    result: Number,
) -> Number | None:
    """Return the one value of ``unknown`` that gives ``result``; None when it is not a line.

    Whole numbers come out as such, others as the nearest float.
    """
    try:
        values = [Line(0, 1) if s == unknown else Fraction(known[s]) for s in symbols]
        line = expression(*values)
        if not isinstance(line, Line) or not line.slope:
            return None
        solution = Fraction((Fraction(result) - line.start) / line.slope)
        return int(solution) if solution.denominator == 1 else float(solution)
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        return None
