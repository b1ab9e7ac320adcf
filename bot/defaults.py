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

CARD_FIELDS = frozenset({"gpu", "gpus", "gpu_memory_bytes"})
# Without one of these a calculator may still answer: it is the question that leaves the card open.
FITTING = frozenset({"fit", "max_batch", "max_context", "max_params", "max_rank"})


def completed(understood: Understood, defaults: Defaults | None) -> tuple[Understood, bool]:
    """Return the reading with the default cards where a card is what it lacks, and whether so."""
    if defaults is None or understood.calculator is None or _names_cards(understood.inputs):
        return understood, False
    lacking = [p for p in understood.problems if p.code == "missing" and p.field in CARD_FIELDS]
    if not lacking and understood.calculator not in FITTING:
        return understood, False
    added: dict[str, Any] = {"gpu": defaults.gpu}
    if "gpu_count" not in understood.request:
        added["gpu_count"] = defaults.gpu_count
    return (
        replace(
            understood,
            inputs={**understood.inputs, **added},
            request={**understood.request, **added},
            problems=tuple(p for p in understood.problems if p not in lacking),
        ),
        True,
    )


def said(defaults: Defaults, language: Language) -> str:
    """Return the sentence that says which default was used, and how to change it."""
    return say("default_used", language, cards=defaults.cards)


def _names_cards(inputs: Mapping[str, Any]) -> bool:
    return any(inputs.get(name) for name in CARD_FIELDS)
