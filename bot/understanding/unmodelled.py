"""Ways of training that no calculator models: named and asked back, never priced as another."""

from __future__ import annotations

from bot.understanding.cues import Cues
from bot.understanding.understood import Problem

_UNLIKE = ("other_models", "other_method")


def unmodelled(cues: Cues) -> Problem | None:
    """Return the question back for a way of training that keeps more or other tensors.

    ``other_models`` (PPO, DPO, distillation) hold frozen models beside the trained one;
    ``other_method`` (prompt tuning, frozen layers) trains something that is neither all weights
    nor a low-rank adapter.
    """
    reading = cues.reading
    for code in _UNLIKE:
        for place in reading.tagged("unmodelled", code):
            choices = tuple(f"{way} {_size(cues)}".strip() for way in ("full training", "LoRA"))
            return Problem(code, reading.items[place].text, choices, "method")
    return None


def _size(cues: Cues) -> str:
    said = cues.reading.said_values
    sizes = [*dict(said.get("model", ())).values(), *dict(said.get("params", ())).values()]
    return sizes[0] if sizes else ""
