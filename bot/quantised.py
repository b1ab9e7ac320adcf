"""The widest weight format that a model fits in, where a question asks which quantisation does."""

from __future__ import annotations

from dataclasses import replace

from bot.messages import say
from bot.understanding.understood import Understood
from calculators import calculate, parse_request
from calculators.results import Calculation
from calculators.units import decimal_bytes

FORMATS = ("fp16", "int8", "int4", "3bpw", "2bpw")
"""What is tried, the widest first."""


def quantised(understood: Understood) -> tuple[Understood, tuple[str, ...]]:
    """Return the question with the first format whose verdict is not ``no``, and what was tried.

    Where none fits, the narrowest stands. Any other question comes back as it is. Raises
    ``CalculatorError`` as the calculation does.
    """
    said = understood.inputs
    if understood.calculator != "fit" or not said.get("quant_asked") or said.get("dtype"):
        return understood, ()
    lines, request = [], understood.request
    for name in FORMATS:
        request = understood.request | {"weight_dtype": name}
        made = calculate(parse_request(request))
        lines.append(_line(understood, name, made))
        if made.verdict != "no":
            break
    return replace(understood, request=request), tuple(lines)


def _line(understood: Understood, name: str, made: Calculation) -> str:
    need = made.details.get("per_gpu_bytes")
    return say(
        f"quant_{made.verdict}",
        understood.language,
        format=name,
        need=decimal_bytes(float(need or 0)),
        have=decimal_bytes(float(made.capacity_bytes or 0)),
    )
