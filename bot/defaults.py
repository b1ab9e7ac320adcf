"""Cards that a person set as theirs: they fill in where a question names none, and say so.

What was said is never overruled: with a card, a number of cards or a memory in the words, or in
what the conversation has said before, nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.messages import say
from bot.question import Defaults, Language
from bot.understanding.understood import Understood
from calculators import CalculatorError, calculate, parse_request
from calculators.errors import MissingValue

CARD_FIELDS = frozenset({"gpu", "gpus", "gpu_memory_bytes"})
# What these find out is how many cards it takes.
COUNTING = frozenset({"min_gpus", "plan"})


def completed(understood: Understood, defaults: Defaults | None) -> tuple[Understood, str | None]:
    """Return the reading with default cards where a card is what it lacks, and which were taken."""
    if defaults is None or understood.calculator is None or _names_cards(understood.inputs):
        return understood, None
    lacking = [p for p in understood.problems if p.code == "missing" and p.field in CARD_FIELDS]
    if not lacking and (understood.problems or not _asks_for_card(understood.request)):
        return understood, None
    counted = understood.calculator in COUNTING or "gpu_count" in understood.request
    added: dict[str, Any] = {"gpu": defaults.gpu}
    if not counted:
        added["gpu_count"] = defaults.gpu_count
    filled = replace(
        understood,
        inputs={**understood.inputs, **added},
        request={**understood.request, **added},
        problems=tuple(p for p in understood.problems if p not in lacking),
    )
    return filled, defaults.gpu if counted else defaults.cards


def said(cards: str, language: Language) -> str:
    """Return the sentence that says which default was taken, and how to change it."""
    return say("default_used", language, cards=cards)


def _names_cards(inputs: Mapping[str, Any]) -> bool:
    return any(inputs.get(name) for name in CARD_FIELDS)


def _asks_for_card(request: Mapping[str, Any]) -> bool:
    """Return whether the calculators would ask which card it is."""
    try:
        calculate(parse_request(request))
    except MissingValue as error:
        return error.field in CARD_FIELDS
    except CalculatorError:
        return False
    return False
