"""Like figures of two answers, and what lies between them.

Two answers of one conversation may lead with different depths: a rule of thumb in one, an estimate
in the other. Each calculation therefore names every figure that another answer may have too, and
only figures of one name are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from bot.answer import Difference
from bot.messages import catalogue, say
from bot.question import Language
from calculators.printing import format_value
from calculators.results import Calculation
from calculators.units import decimal_bytes, format_number, short_params

Figures = dict[str, tuple[float, str]]
"""Amount and unit by name, ``memory.rule`` or ``training_time``; the headline's first."""

RULE, ESTIMATE, PER_CARD = "memory.rule", "memory.estimate", "memory.per_card"
RULE_PER_CARD = "memory.rule_per_card"
_MEMORY = ("training", "inference", "fit")
_TWO_DEPTHS = ("file_size", "activation", "optimizer_memory", "gradient_memory")
_SEARCHES = ("min_gpus", "max_batch", "max_context", "max_params", "max_rank")
_DETAILS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "latency": (
        ("first_token", "time_to_first_token_s", "s"),
        ("per_token", "time_per_token_s", "s"),
        ("whole_answer", "total_s", "s"),
    ),
    "utilization_throughput": (
        ("mfu", "mfu_percent", "%"),
        ("paper_ratio", "paper_ratio_percent", "%"),
    ),
}
"""By calculator: the name of a figure, where it stands in the details, and its unit."""
_CARD_UNITS = {
    "memory": "MiB",
    "flops": "TFLOPS",
    "bandwidth": "GB/s",
    "nvlink": "GB/s",
    "tdp": "W",
}
_BYTES = {"bytes": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_COUNTED = {"min_gpus": "", "max_batch": "", "max_rank": "", "max_params": "parameters"}
_NOT_COMPARED = ("compare_gpu", "convert", "plan")


def figures_of(calculation: Calculation) -> Figures:
    """Return the figures of an answer that another one can be compared by."""
    return {name: (amount, unit) for name, amount, unit in _figures(calculation)}


def _figures(made: Calculation) -> Iterator[tuple[str, float, str]]:
    if made.calculator in _MEMORY:
        yield from _memory(made)
    elif made.calculator in _SEARCHES:
        yield from _search(made)
    elif made.calculator in _DETAILS:
        for name, key, unit in _DETAILS[made.calculator]:
            if made.details.get(key) is not None:
                yield name, made.details[key], unit
    elif made.calculator == "gpu_info":
        attribute = made.request.attribute or "memory"
        if attribute in _CARD_UNITS and _is_number(made.value):
            yield f"gpu_info.{attribute}", made.value, _CARD_UNITS[attribute]
    elif made.calculator not in _NOT_COMPARED:
        yield from _one(made)


def _memory(made: Calculation) -> Iterator[tuple[str, float, str]]:
    """Yield the rule where it leads, the estimate over all cards where shown, and a card's."""
    if made.lead == "rule" and made.value_bytes is not None:
        yield RULE_PER_CARD if made.per_gpu else RULE, made.value_bytes, "bytes"
    total = made.details.get("estimate_bytes") if made.lead == "rule" else made.value_bytes
    shown = made.lead == "estimate" and made.calculator != "fit"
    if total is not None and not made.per_gpu and (shown or (made.request.gpu_count or 1) == 1):
        yield ESTIMATE, total, "bytes"
    if made.memory is not None:
        yield PER_CARD, made.memory.total_bytes, "bytes"


def _search(made: Calculation) -> Iterator[tuple[str, float, str]]:
    """Yield the number found, by the rule where that leads, and estimated.

    That nothing fits is no number, and differs from none.
    """
    name, unit = made.calculator, _COUNTED.get(made.calculator, "tokens")
    if made.lead == "rule" and _is_number(made.value) and made.value:
        yield f"{name}.rule", made.value, unit
    keys = {"min_gpus": "estimate_gpus", "max_params": "estimate_params"}
    found = made.details.get(keys.get(name, "estimate"))
    if found is None and made.lead == "estimate":
        found = made.value
    if found and _is_number(found):
        yield f"{name}.estimate", found, unit
    bounded = made.details.get("estimate_by_memory", 0) > (found or 0)
    tells = bool(found) if name == "min_gpus" else bounded or not found
    if made.memory is not None and tells:
        # Where the number stays the same, or nothing fits, the need of a card still tells.
        yield f"{name}.{PER_CARD}", made.memory.total_bytes, "bytes"


def _one(made: Calculation) -> Iterator[tuple[str, float, str]]:
    """Yield the value; the estimate beside it where the rule leads."""
    over = "_per_card" if made.per_gpu and made.calculator != "activation" else ""
    rule, estimate = f"{made.calculator}.rule{over}", f"{made.calculator}.estimate{over}"
    if made.value_bytes is not None and made.calculator in _TWO_DEPTHS:
        yield rule if made.lead == "rule" else estimate, made.value_bytes, "bytes"
        if (beside := made.details.get("estimate_bytes")) is not None:
            yield estimate, beside, "bytes"
    elif made.value_bytes is not None:
        yield made.calculator, made.value_bytes, "bytes"
    elif _is_number(made.value):
        yield made.calculator, made.value, made.unit or ""


def differences(old: Mapping[str, Sequence[Any]], new: Figures) -> tuple[Difference, ...]:
    """Return what lies between the figures that both have, the headline's first.

    A figure that stayed the same is among them where it leads or nothing else changed.
    """
    both: list[Difference] = []
    for name, (amount, unit) in new.items():
        if name in old and old[name][1] == unit:
            found = Difference(name, old[name][0], amount, unit)
            same = any((found.old, found.new, unit) == (d.old, d.new, d.unit) for d in both)
            if not same:
                both.append(found)
    if any(one.amount for one in both if not one.quantity.endswith(f".{PER_CARD}")):
        both = [one for one in both if not one.quantity.endswith(f".{PER_CARD}")]
    return tuple(one for place, one in enumerate(both) if one.amount or place == 0)


def are_unlike(old: Mapping[str, Sequence[Any]], new: Figures) -> bool:
    """Return whether two answers have figures of different quantities.

    Of a number and of none that fits, which have no figure in common, the quantity is the same.
    """
    groups = [{name.partition(".")[0] for name in figures} for figures in (old, new)]
    searched = groups[0] & groups[1] & set(_SEARCHES)
    return bool(old and new) and not searched and not differences(old, new)


def of_value(made: Calculation, value: Any, unit: str | None) -> tuple[Difference, ...]:
    """Return what lies between a former value of the same request and the one of now."""
    name, (now, now_unit) = next(iter(figures_of(made).items()), ("", (0.0, "")))
    factor = _BYTES.get(unit or "", 1)
    like = (factor != 1 or unit == "bytes") == (now_unit == "bytes")
    if not name or not _is_number(value) or not like:
        return ()
    return (Difference(name, value * factor, now, now_unit),)


def difference_words(found: Difference, language: Language, *, beside: bool = False) -> str:
    """Return the sentence of a difference: which figure, by how much, from what to what.

    ``beside``: neither figure came before the other, so that nothing rises or falls.
    """
    label = _label(found.quantity, language)
    old, new = (_shown(amount, found.unit, language) for amount in (found.old, found.new))
    if not found.amount:
        return say("difference_none", language, label=label, value=new)
    sign = "+" if found.amount > 0 else "−"
    size = abs(found.amount)
    if found.unit == "%":
        shown = say("percentage_points", language, value=format_number(size))
    else:
        shown = _shown(size, found.unit, language)
    if beside:
        return say("difference_beside", language, label=label, amount=shown, old=old, new=new)
    return say("difference", language, label=label, amount=sign + shown, old=old, new=new)


def _label(quantity: str, language: Language) -> str:
    """Return what a figure is called; a depth is named beside what was looked for."""
    key = f"figure_{quantity.replace('.', '_')}"
    if key in catalogue():
        return say(key, language)
    group, _, depth = quantity.partition(".")
    key = f"figure_{group}" if f"figure_{group}" in catalogue() else f"calculator_{group}"
    name = say(key, language)
    if depth.startswith("memory."):
        return say("figure_memory_per_card", language)
    if f"figure_of_{depth}" in catalogue():
        return say(f"figure_of_{depth}", language, name=name)
    return name


def _shown(amount: float, unit: str, language: Language) -> str:
    if unit == "bytes":
        return decimal_bytes(amount)
    if unit == "s":
        return format_value(amount, "s")
    if unit == "parameters":
        return short_params(amount)
    key = f"unit_{unit.replace('/', '_')}"
    if key in catalogue():
        return say(key, language, value=format_number(amount))
    return f"{format_number(amount)} {unit}".strip()


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
