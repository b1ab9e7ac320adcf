"""The entrance: a request in, a calculation out; JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from calculators.case import Case
from calculators.dispatch import calculator
from calculators.errors import CalculatorError
from calculators.requests import Request
from calculators.results import Calculation
from calculators.serialise import error_json, to_json
from calculators.text import Language
from calculators.validation import check, parse_request


def calculate(request: Request, *, working: bool = True) -> Calculation:
    """Run the calculator that ``request`` names.

    Without ``working`` the steps are left out and only numbers are computed. Raises a
    CalculatorError when the request cannot be meant, lacks what may not be assumed, or names
    something unknown.
    """
    if request.config is not None:  # a dict, so the request cannot be hashed
        return _calculate(request, working)
    return _remembered(request, working)


def _calculate(request: Request, working: bool) -> Calculation:
    check(request)
    return calculator(request.calculator)(Case(request, working=working))


_remembered = lru_cache(maxsize=1024)(_calculate)
"""Calculations are pure and their records frozen, so the same question is worked out once."""


def calculate_json(
    mapping: Mapping[str, Any], *, language: Language = "en", working: bool = True
) -> dict[str, Any]:
    """Run a JSON request; return the ``calculation`` object, or ``{"error": …}``.

    An ``id`` in the request comes back in the result, whatever happens.
    """
    head: dict[str, Any] = {}
    if isinstance(mapping, Mapping) and "id" in mapping:
        head = {"id": mapping["id"]}
        mapping = {name: value for name, value in mapping.items() if name != "id"}
    try:
        calculation = calculate(parse_request(mapping), working=working)
    except CalculatorError as error:
        return {**head, "error": error_json(error, language)}
    return {**head, **to_json(calculation, language)}
