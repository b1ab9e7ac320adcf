"""What a calculation cannot do without and nobody said: asked back in one short question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.question import Language
from bot.understanding.joined import BY_FLAGS
from bot.understanding.reading import Reading
from bot.understanding.understood import Problem

_OF_A_MODEL = frozenset({"fit", "min_gpus", "max_batch", "max_context", "kv_cache", "activation"})
_OF_CARDS = frozenset({"fit"})
_CARDS = ("gpu", "gpu_memory_bytes", "gpu_count", "nodes", "unknown_card")
_SIZES = ("7B", "13B", "70B")
_USUAL_CARDS = ("RTX 4090", "A100 80GB", "8×H100")
_WHICH_MODEL: dict[Language, str] = {
    "en": "which model, or how many parameters?",
    "zh": "哪个模型，或者多少参数量？",
}
_WHICH_CARD: dict[Language, str] = {
    "en": "on which card, and how many of them?",
    "zh": "用什么显卡，几张？",
}


def missing(
    calculator: str, facts: Mapping[str, Any], reading: Reading, language: Language
) -> Problem | None:
    """Return the question back for the model or the card that nobody named, if one lacks."""
    known = facts.get("model") or facts.get("params") or "unsized" in reading.facts
    known = known or (facts.get("gpu_hours") and facts.get("finish_s"))
    if not (facts.get("model") or facts.get("params")) and reading.facts.get("unsized") == BY_FLAGS:
        return Problem("missing", _WHICH_MODEL[language], _SIZES, "params")
    if calculator in _OF_A_MODEL and not known and "sizes" not in reading.facts:
        return Problem("missing", _WHICH_MODEL[language], _SIZES, "params")
    if calculator not in _OF_CARDS or any(facts.get(name) for name in _CARDS):
        return None
    if any(name in reading.facts for name in _CARDS):
        return None
    return Problem("missing", _WHICH_CARD[language], _USUAL_CARDS, "gpu")
