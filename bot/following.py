"""What a conversation keeps between its turns, and what a follow-up changed in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bot.answer import Before
from bot.understanding import to_context
from bot.understanding.understood import Understood
from calculators.results import Calculation
from knowledge.visibility import Place

MAX_CONVERSATIONS = 10_000


class Threads(Protocol):
    """Where the state of a conversation is kept between its turns."""

    def thread(self, place: Place) -> Mapping[str, Any] | None:
        """Return the state kept for a conversation, or None."""

    def keep_thread(self, place: Place, state: Mapping[str, Any]) -> None:
        """Replace the state kept for a conversation."""


class MemoryThreads:
    """Conversation state that lives as long as the process: batches, a terminal's chat.

    The oldest conversations are forgotten beyond ``MAX_CONVERSATIONS``.
    """

    def __init__(self) -> None:
        self._states: dict[Place, Mapping[str, Any]] = {}

    def thread(self, place: Place) -> Mapping[str, Any] | None:
        """Return the state kept for a conversation, or None."""
        return self._states.get(place)

    def keep_thread(self, place: Place, state: Mapping[str, Any]) -> None:
        """Replace the state kept for a conversation."""
        self._states.pop(place, None)
        self._states[place] = state
        if len(self._states) > MAX_CONVERSATIONS:
            del self._states[next(iter(self._states))]


def state_of(understood: Understood, calculation: Calculation | None) -> dict[str, Any]:
    """Return what the next turn may lean on (JSON-compatible): the readings and the result."""
    state = to_context(understood)
    if calculation is None:
        state["asked_back"] = state["asked_back"] or [""]
    if calculation is not None:
        figure, unit = _figure(calculation)
        state["result"] = {
            "kind": _kind(calculation),
            "headline": {"en": calculation.headline.en, "zh": calculation.headline.zh},
            "figure": figure,
            "unit": unit,
        }
    return state


def _kind(calculation: Calculation) -> list[Any]:
    """Return what two figures have to share to be compared.

    Where the question is of fitting, the figure is the estimate's whichever depth leads.
    """
    lead = "estimate" if _is_per_card(calculation) else calculation.lead
    return [calculation.calculator, lead, calculation.per_gpu]


def _is_per_card(calculation: Calculation) -> bool:
    return calculation.calculator == "fit" and calculation.memory is not None


def _figure(calculation: Calculation) -> tuple[float | None, str]:
    """Return the number that the headline is about: per card where the question is of fitting."""
    if calculation.memory is not None and _is_per_card(calculation):
        return calculation.memory.total_bytes / 1e9, "GB"
    if calculation.value_bytes is not None and calculation.unit in ("kB", "MB", "TB"):
        # One unit, so that 900 MB and 1.8 GB can be compared.
        return calculation.value_bytes / 1e9, "GB"
    if isinstance(calculation.value, int | float):
        return calculation.value, calculation.unit or ""
    return None, ""


def before(
    understood: Understood, state: Mapping[str, Any] | None, calculation: Calculation
) -> Before | None:
    """Return the former answer when this turn changed something in it, else None.

    The difference is given where both headlines are about the same figure in one unit.
    """
    result = (state or {}).get("result")
    if not understood.follow_up or not understood.changed or not isinstance(result, Mapping):
        return None
    headline = result["headline"][understood.language]
    kind, per_gpu = _kind(calculation), _is_per_card(calculation)
    old, (new, unit) = result["figure"], _figure(calculation)
    if result["kind"] != kind or result["unit"] != unit or old is None or new is None:
        return Before(headline)
    return Before(headline, new - old, unit, per_gpu)
