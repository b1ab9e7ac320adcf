"""LLM memory, speed and utilisation, calculated with the working shown.

    from calculators import Request, calculate

    calculate(Request(calculator="training", params=7e9)).value  # 112.0 (GB)

Names are imported when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calculators.api import calculate, calculate_json
    from calculators.catalogue import describe
    from calculators.errors import CalculatorError
    from calculators.formula import Formula, formulas
    from calculators.planning.choosing import CardChoice, card_choices
    from calculators.registry import find_format, find_gpu, find_model, gpus, models
    from calculators.registry import formats as number_formats
    from calculators.requests import Lora, Request
    from calculators.results import Calculation
    from calculators.serialise import error_json, to_json
    from calculators.validation import parse_request

_HOMES = {
    "Calculation": "results",
    "CalculatorError": "errors",
    "CardChoice": "planning.choosing",
    "Formula": "formula",
    "Lora": "requests",
    "Request": "requests",
    "calculate": "api",
    "calculate_json": "api",
    "card_choices": "planning.choosing",
    "describe": "catalogue",
    "error_json": "serialise",
    "find_format": "registry",
    "find_gpu": "registry",
    "find_model": "registry",
    "formulas": "formula",
    "gpus": "registry",
    "models": "registry",
    "number_formats": "registry:formats",
    "parse_request": "validation",
    "to_json": "serialise",
}

__all__ = [
    "Calculation",
    "CalculatorError",
    "CardChoice",
    "Formula",
    "Lora",
    "Request",
    "calculate",
    "calculate_json",
    "card_choices",
    "describe",
    "error_json",
    "find_format",
    "find_gpu",
    "find_model",
    "formulas",
    "gpus",
    "models",
    "number_formats",
    "parse_request",
    "to_json",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'calculators' has no attribute {name!r}")
    module, _, attribute = home.partition(":")
    value = getattr(import_module(f"calculators.{module}"), attribute or name)
    globals()[name] = value  # so that this is asked once a name
    return value
