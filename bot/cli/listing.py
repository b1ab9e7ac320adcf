"""Every name that the calculators know: models, cards, formats, calculators and formulas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

Kind = Literal["models", "gpus", "formats", "calculators", "formulas"]


def listing(kind: Kind) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each name with its aliases, in the registry's order."""
    from calculators.formula import formulas
    from calculators.registry import formats, gpus, models
    from calculators.requests import CalculatorName

    if kind == "models":
        yield from ((model.id, tuple(model.aliases)) for model in models())
    elif kind == "gpus":
        yield from ((gpu.id, (gpu.name, *gpu.aliases)) for gpu in gpus())
    elif kind == "formats":
        yield from ((number.id, tuple(number.aliases)) for number in formats())
    elif kind == "calculators":
        yield from ((name, ()) for name in get_args(CalculatorName))
    else:
        yield from ((name, (f.title.en, f.title.zh)) for name, f in formulas().items())
