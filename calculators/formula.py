"""Formulas: one sympy expression gives the number, the working that shows it, and its inverse.

A formula is declared with its quantities in the order in which it is read. The number comes
from a Python function compiled from the expression, the working from the same expression's
tree, and any one unknown is solved from it symbolically, each at first use. For the packaged
formulas the function and the working are prepared beforehand (``prepared``), since sympy takes
long to import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Any, Literal

from calculators.affine import solve_line
from calculators.errors import InvalidRequest, UnknownName, Unsolvable
from calculators.prepared import Prepared, fingerprint, prepared
from calculators.printing import Template, format_result, format_value
from calculators.results import Number, Source, Step
from calculators.text import Text

Rounding = Literal["exact", "down", "up"]
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Quantity:
    """A symbol with its name and unit (a key of the printing table, e.g. ``bytes``).

    ``integer`` marks counts; ``minimum`` is the smallest value that makes sense.
    """

    symbol: str
    name: Text
    unit: str
    integer: bool = False
    minimum: float = 0


class Formula:
    """``result = expression(symbols)`` with a title, units and a source."""

    def __init__(
        self,
        id: str,
        *,
        title: Text,
        result: Quantity,
        symbols: tuple[Quantity, ...],
        expression: Callable[..., Any],
        source: Source,
    ) -> None:
        self.id = id
        self.title = title
        self.result = result
        self.symbols = symbols
        self.source = source
        self._build = expression
        self._by_symbol = {quantity.symbol: quantity for quantity in symbols}
        self._solutions: dict[str, list[Callable[..., Number]]] = {}

    @cached_property
    def sympy_symbols(self) -> tuple[Any, ...]:
        """The sympy symbols, positive reals, in the declared order."""
        from sympy import Symbol

        return tuple(Symbol(quantity.symbol, positive=True) for quantity in self.symbols)

    @cached_property
    def expression(self) -> Any:
        """The right-hand side as a sympy expression, as written: nothing is regrouped."""
        from sympy import evaluate, sympify

        with evaluate(False):
            return sympify(self._build(*self.sympy_symbols))

    @cached_property
    def function(self) -> Callable[..., Number]:
        """The expression as a plain function, by position or by symbol name."""
        if self._prepared is not None:
            return _compiled(self._prepared.python)
        from calculators.trees import python_source

        return _compiled(python_source(self.expression, self.sympy_symbols))

    @cached_property
    def _template(self) -> Template:
        if self._prepared is not None:
            return Template(self._prepared.pieces)
        from calculators.trees import template

        return template(self.expression, self.sympy_symbols)

    @property
    def fingerprint(self) -> int:
        """A checksum of how the formula is written, see ``prepared.fingerprint``."""
        return fingerprint(self._build, tuple(self._by_symbol))

    @cached_property
    def _prepared(self) -> Prepared | None:
        return prepared(self.id, self._build, tuple(self._by_symbol))

    @cached_property
    def symbolic(self) -> str:
        """The formula in symbols: ``M = n × b_w``."""
        right = self._template.fill([quantity.symbol for quantity in self.symbols])
        return f"{self.result.symbol} = {right}"

    def __call__(self, *args: Number, **values: Number) -> Number:
        """Evaluate by position or by name; see :meth:`evaluate`."""
        return self.function(*args, **values)

    def evaluate(self, values: Mapping[str, Number]) -> Number:
        """Return the result for ``values`` by symbol; whole numbers in give whole numbers out."""
        return self.function(**values)

    def step(self, values: Mapping[str, Number], *, title: Text | None = None) -> Step:
        """Return the working: symbols, the numbers in their place, and the result."""
        shown = [format_value(values[q.symbol], q.unit) for q in self.symbols]
        return Step(
            formula=self.id,
            symbolic=self.symbolic,
            substituted=self._template.fill(shown),
            result=format_result(self.function(**values), self.result.unit),
            title=title or self.title,
        )

    def solve(
        self, unknown: str, values: Mapping[str, Number], *, rounding: Rounding = "exact"
    ) -> Number:
        """Return the value of ``unknown`` for which the formula gives ``values[result.symbol]``.

        A rounded formula (``ceil``, ``floor``) is solved at the edge of its step. ``rounding``
        makes the solution of a count whole. Raises Unsolvable when the domain has no solution.
        """
        quantity = self._by_symbol.get(unknown)
        if quantity is None:
            raise UnknownName(
                Text(
                    f"Formula '{self.id}' has no symbol '{unknown}'.",
                    f"公式“{self.id}”中没有符号“{unknown}”。",
                ),
                field="unknown",
                nearest=tuple(self._by_symbol),
            )
        missing = [s for s in (*self._by_symbol, self.result.symbol) if s not in values]
        if [s for s in missing if s != unknown]:
            names = ", ".join(s for s in missing if s != unknown)
            raise InvalidRequest(
                Text(f"Values are missing for: {names}.", f"缺少以下符号的值：{names}。")
            )
        known = {s: v for s, v in values.items() if s != unknown}
        for candidate in self._candidates(unknown, known):
            value = _rounded(candidate, rounding)
            if self._in_domain(quantity, value) and self._holds(unknown, value, known, rounding):
                return value
        raise Unsolvable(
            Text(
                f"No {quantity.name.en} in its domain satisfies {self.symbolic}.",
                f"{quantity.name.zh}在其取值范围内无法满足 {self.symbolic}。",
            ),
            field=unknown,
        )

    def _candidates(self, unknown: str, known: Mapping[str, Number]) -> list[Number]:
        symbols, result = tuple(self._by_symbol), known[self.result.symbol]
        on_line = solve_line(self._build, symbols, unknown, self._inputs(known), result)
        if on_line is not None:
            return [on_line]
        if unknown not in self._solutions:
            self._solutions[unknown] = self._invert(unknown)
        found: list[Number] = []
        for solution in self._solutions[unknown]:
            try:
                value = solution(**{_RESULT: known[self.result.symbol]}, **self._inputs(known))
            except (ZeroDivisionError, OverflowError, ValueError):
                continue
            if not isinstance(value, complex):
                found.append(value)
        return found

    def _inputs(self, known: Mapping[str, Number]) -> dict[str, Number]:
        return {symbol: known.get(symbol, 0) for symbol in self._by_symbol}

    def _invert(self, unknown: str) -> list[Callable[..., Number]]:
        from sympy import Symbol, ceiling, floor, solve

        from calculators.trees import python_source

        result = Symbol(_RESULT, positive=True)
        smooth = self.expression.replace(
            lambda e: isinstance(e, ceiling | floor), lambda e: e.args[0]
        ).doit()
        target = self.sympy_symbols[[q.symbol for q in self.symbols].index(unknown)]
        try:
            solutions = solve(smooth - result, target)
        except NotImplementedError:
            solutions = []
        symbols = (result, *self.sympy_symbols)
        found = [solution for solution in solutions if not solution.has(target)]
        return [_compiled(python_source(solution, symbols)) for solution in found]

    def _in_domain(self, quantity: Quantity, value: Number) -> bool:
        return value == value and quantity.minimum <= value < float("inf")

    def _holds(
        self, unknown: str, value: Number, known: Mapping[str, Number], rounding: Rounding
    ) -> bool:
        if rounding != "exact":
            return True
        wanted = known[self.result.symbol]
        given = {**{s: known[s] for s in self._by_symbol if s != unknown}, unknown: value}
        got = self.function(**given)
        if abs(got - wanted) <= _TOLERANCE * max(abs(wanted), 1):
            return True
        # A step function (ceil, floor) is hit at the very edge, where floats may fall to one side.
        nudged = self.function(**{**given, unknown: value * (1 + _TOLERANCE)})
        return abs(nudged - wanted) <= _TOLERANCE * max(abs(wanted), 1)


_RESULT = "result_"
_BUILTINS: dict[str, Any] = {"int": int, "min": min, "max": max}


def _compiled(source: str) -> Callable[..., Number]:
    """Compile the source of an expression, never a user's text, to a function of its symbols."""
    function: Callable[..., Number] = eval(source, {"__builtins__": {}, **_BUILTINS})
    return function


def _rounded(value: Number, rounding: Rounding) -> Number:
    whole = round(value)
    if abs(value - whole) <= _TOLERANCE * max(abs(value), 1):
        return whole if rounding != "exact" or float(value).is_integer() else value
    if rounding == "down":
        return int(value // 1)
    return int(-(-value // 1)) if rounding == "up" else value


_REGISTRY: dict[str, Formula] = {}
_MODULES = (
    "calculators.rules.weights",
    "calculators.rules.training",
    "calculators.rules.cards",
    "calculators.rules.utilization",
    "calculators.memory.kv_formulas",
    "calculators.memory.inference_formulas",
    "calculators.memory.training.formulas",
    "calculators.memory.requantised",
    "calculators.memory.parts",
    "calculators.memory.checkpoint",
    "calculators.speed.flops",
    "calculators.speed.rates",
    "calculators.speed.utilization",
    "calculators.speed.decoding",
    "calculators.speed.generation",
    "calculators.speed.throughput",
    "calculators.speed.latency",
    "calculators.speed.training_time",
    "calculators.speed.trained",
    "calculators.speed.communication_formulas",
    "calculators.planning.deadline",
    "calculators.lookups.formats",
    "calculators.lookups.parameters",
    "calculators.lookups.convert",
)


def define(
    id: str,
    *,
    title: Text,
    result: Quantity,
    symbols: tuple[Quantity, ...],
    expression: Callable[..., Any],
    source: Source,
) -> Formula:
    """Declare a formula and enter it in the registry under its id.

    ``expression`` takes the symbols in their order and returns a sympy expression; use
    :func:`ceil`, :func:`floor`, :func:`minimum` and :func:`maximum` for those functions.
    """
    formula = Formula(
        id, title=title, result=result, symbols=symbols, expression=expression, source=source
    )
    if _REGISTRY.setdefault(id, formula) is not formula:
        raise ValueError(f"formula {id} is declared twice")
    return formula


@lru_cache(maxsize=1)
def formulas() -> Mapping[str, Formula]:
    """Return every formula by its id, in the order of declaration."""
    for module in _MODULES:
        import_module(module)
    return _REGISTRY


def ceil(value: Any) -> Any:
    """Round a sympy expression up."""
    from sympy import ceiling

    return ceiling(value)


def floor(value: Any) -> Any:
    """Round a sympy expression down."""
    from sympy import floor as sympy_floor

    return sympy_floor(value)


def minimum(*values: Any) -> Any:
    """Return the smallest of some sympy expressions."""
    from sympy import Min

    return Min(*values)


def maximum(*values: Any) -> Any:
    """Return the largest of some sympy expressions."""
    from sympy import Max

    return Max(*values)
