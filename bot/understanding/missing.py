"""What a calculation cannot do without and nobody said: asked back in one short question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.question import Language
from bot.understanding.reading import Reading

_OF_A_MODEL = frozenset({"fit", "min_gpus", "max_batch", "max_context"})
# The choices to offer, and the field that they fill.
MISSING_MODEL = (("7B", "13B", "70B"), "params")
_WHICH_MODEL: dict[Language, str] = {
    "en": "which model, or how many parameters?",
    "zh": "哪个模型，或者多少参数量？",
}


def missing_subject(
    calculator: str, facts: Mapping[str, Any], reading: Reading
) -> Mapping[Language, str] | None:
    """Return the question back, by language, where no model is named; None when nothing lacks."""
    known = facts.get("model") or facts.get("params") or "unsized" in reading.facts
    if calculator not in _OF_A_MODEL or known or "sizes" in reading.facts:
        return None
    return _WHICH_MODEL
