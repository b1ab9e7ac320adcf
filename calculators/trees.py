"""From a sympy tree to text: a formula as people read it, and as Python.

sympy sorts products by name and writes a quotient as a power of -1; here the factors keep the
order in which the formula was written, and a quotient is written as one. The packaged formulas
are walked when the documentation is made (``prepared``), others at first use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calculators.printing import Piece, Template
from calculators.units import format_number

_ADD, _MUL, _POW, _ATOM = 1, 2, 3, 4


class _Walker:
    """Walks a sympy tree into pieces.

    A tree built without evaluation keeps the order in which it was written; sums and products
    nested by Python's operators are taken as one.
    """

    def __init__(self, order: dict[Any, int], *, python: bool) -> None:
        self._order = order
        self._python = python
        self._times = "*" if python else " × "
        self._over = "/" if python else " / "
        self._power = "**" if python else "^"

    def pieces(self, node: Any, level: int = 0) -> list[Piece]:
        """Return ``node`` as pieces, in brackets where it binds weaker than ``level``."""
        own, body = self._visit(node)
        return ["(", *body, ")"] if own < level else body

    def _visit(self, node: Any) -> tuple[int, list[Piece]]:
        if node.is_Symbol:
            return _ATOM, [self._order[node]]
        if node.is_Integer:
            return (_ATOM if node.p >= 0 else _ADD), [str(int(node))]
        if node.is_Add:
            return _ADD, self._sum(node)
        if node.is_Mul or node.is_Rational or _is_reciprocal(node):
            return _MUL, self._product(node)
        if node.is_Pow:
            body = self.pieces(node.base, _ATOM)
            return _POW, [*body, self._power, *self.pieces(node.exp, _ATOM)]
        if node.is_Float:
            number = float(node)
            return _ATOM, [repr(number) if self._python else format_number(number, 12)]
        return _ATOM, self._function(node)

    def _sum(self, node: Any) -> list[Piece]:
        pieces: list[Piece] = []
        # A leading minus reads badly: positive terms come first, otherwise as written.
        for negative, term in sorted(_terms(node), key=lambda signed: signed[0]):
            if pieces:
                pieces.append(" - " if negative else " + ")
            elif negative:
                pieces.append("-")
            pieces += self.pieces(term, _MUL)
        return pieces

    def _product(self, node: Any) -> list[Piece]:
        numerator, denominator = _quotient(node)
        top = self._factors(numerator) or ["1"]
        if not denominator:
            return top
        bottom = self._factors(denominator)
        if len(denominator) > 1:
            bottom = ["(", *bottom, ")"]
        return [*top, self._over, *bottom]

    def _factors(self, factors: list[Any]) -> list[Piece]:
        pieces: list[Piece] = []
        for factor in factors:
            if pieces:
                pieces.append(self._times)
            pieces += self.pieces(factor, _POW)
        return pieces

    def _function(self, node: Any) -> list[Piece]:
        name = type(node).__name__
        if self._python and name in ("floor", "ceiling"):
            return self._rounded(node.args[0], up=name == "ceiling")
        shown = {"ceiling": "ceil", "floor": "floor", "Min": "min", "Max": "max"}[name]
        pieces: list[Piece] = [f"{shown}("]
        arguments = node.args
        if name in ("Min", "Max"):
            arguments = sorted(arguments, key=self._first_symbol)
        for index, argument in enumerate(arguments):
            pieces += [", "] if index else []
            pieces += self.pieces(argument)
        return [*pieces, ")"]

    def _first_symbol(self, node: Any) -> int:
        return min((self._order[symbol] for symbol in node.free_symbols), default=-1)

    def _rounded(self, node: Any, *, up: bool) -> list[Piece]:
        """Floor division of whole numbers, exact where float division is not."""
        numerator, denominator = _quotient(node)
        top: list[Piece] = ["(", *(self._factors(numerator) or ["1"]), ")"]
        bottom: list[Piece] = ["(", *(self._factors(denominator) or ["1"]), ")"]
        if up:
            return ["int(-(-", *top, "//", *bottom, "))"]
        return ["int(", *top, "//", *bottom, ")"]


def _is_reciprocal(node: Any) -> bool:
    return bool(node.is_Pow and node.exp.is_Number and node.exp.is_negative)


def _terms(node: Any) -> list[tuple[bool, Any]]:
    """Return the terms of nested sums, each with whether it is subtracted."""
    if node.is_Add:
        return [term for part in node.args for term in _terms(part)]
    if node.is_Mul and node.args[0].is_Number and node.args[0].is_negative:
        rest = node.func(-node.args[0], *node.args[1:])
        if node.args[0] == -1:
            rest = node.args[1] if len(node.args) == 2 else node.func(*node.args[1:])
        return [(not negative, term) for negative, term in _terms(rest)]
    if node.is_Number and node.is_negative:
        return [(True, -node)]
    return [(False, node)]


def _quotient(node: Any) -> tuple[list[Any], list[Any]]:
    """Return the factors above and below the bar, of nested products, in their order."""
    above: list[Any] = []
    below: list[Any] = []
    if node.is_Mul:
        for part in node.args:
            top, bottom = _quotient(part)
            above += top
            below += bottom
    elif node.is_Rational:
        above += [_integer(node.p)] if node.p != 1 else []
        below += [_integer(node.q)] if node.q != 1 else []
    elif _is_reciprocal(node):
        below += [node.base] if node.exp == -1 else [node.base ** (-node.exp)]
    else:
        above.append(node)
    return above, below


def _integer(value: int) -> Any:
    from sympy import Integer

    return Integer(value)


def template(expression: Any, symbols: Sequence[Any]) -> Template:
    """Return the printable template of a sympy ``expression`` over ``symbols``, in their order."""
    walker = _Walker({symbol: i for i, symbol in enumerate(symbols)}, python=False)
    return Template(walker.pieces(expression))


def python_source(expression: Any, symbols: Sequence[Any]) -> str:
    """Return a sympy ``expression`` as a lambda of its symbols, in their order.

    Whole numbers stay whole: a rounded quotient is a floor division, never a float one.
    """
    walker = _Walker({symbol: i for i, symbol in enumerate(symbols)}, python=True)
    names = [symbol.name for symbol in symbols]
    return f"lambda {', '.join(names)}: {Template(walker.pieces(expression)).fill(names)}"
