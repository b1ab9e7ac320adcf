"""Whether a message leaves out its model, or its size, and nothing else."""

from __future__ import annotations

from bot.understanding.cues import Cues
from bot.understanding.joined import BY_FLAGS


def only_model_missing(cues: Cues) -> bool:
    """Whether all that is said is of the field, and nothing but the model is left out."""
    if cues.strange > 1 or cues.topic("generic", "vague_size") or cues.before:
        return False
    return not cues.knowledge("how_see", "what_is", "why", "advice", "remedy", "scarce")


def only_family(cues: Cues) -> bool:
    """Whether a model's family is named but neither a size nor an impossible one."""
    if cues.reading.facts.get("unsized") in (None, BY_FLAGS):
        return False
    return all(p.code == "ambiguous" for p in cues.reading.problems)
