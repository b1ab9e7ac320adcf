"""What a reading reports of itself: inputs in the design's names, spans, and what is not used."""

from __future__ import annotations

from typing import Any

from bot.understanding.atoms import Atom
from bot.understanding.conflicts import second_values
from bot.understanding.reading import Reading
from bot.understanding.understood import Span


def said_inputs(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts in the design's names: ``batch`` as said, global when so said."""
    inputs = {name: _whole(value) for name, value in facts.items()}
    if "batch" not in inputs:
        for name in ("global_batch", "micro_batch"):
            if name in inputs:
                inputs["batch"] = inputs[name]
                break
    return inputs


def _whole(value: Any) -> Any:
    """Return a whole float as an int: counts and sizes read better so."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e18:
        return int(value)
    return value


def spans_of(reading: Reading, atoms: tuple[Atom, ...]) -> tuple[Span, ...]:
    """Return the stretches that were understood, with what they gave."""
    return tuple(
        Span(atoms[i.start].start, atoms[i.end - 1].end, i.text, slot, _value(reading, i, slot))
        for i in reading.items
        for slot in sorted(i.slots)
    )


def _value(reading: Reading, item: Any, slot: str) -> Any:
    if slot in reading.facts:
        return reading.facts[slot]
    return item.quantity.value if item.quantity is not None else item.text


def not_used(reading: Reading) -> tuple[str, ...]:
    """Return what was not used: numbers not understood, unknown names, second values."""
    numbers = (
        item.text
        for item in reading.items
        if item.quantity is not None
        and not item.slots - {"shape", "host_memory"}
        and not item.has("numword")
    )
    second = second_values(reading)
    return tuple(dict.fromkeys((*reading.unplaced, *numbers, *_idle_batch(reading), *second)))


def _idle_batch(reading: Reading) -> list[str]:
    """Return a batch in tokens that neither a length nor a step's time turns into sequences."""
    if {"seq", "step_s", "tokens_per_s_gpu"} & reading.facts.keys():
        return []
    return [item.text for item in reading.items if "batch_tokens" in item.slots]
