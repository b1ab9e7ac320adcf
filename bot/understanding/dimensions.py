"""A dimension of a model as what is asked: ``llama-2-70b hidden size``, ``qwen2.5-7b 有几层``."""

from __future__ import annotations

from bot.understanding.asked import Intent, nothing
from bot.understanding.cues import Cues

_OTHER_TOPICS = ("memory", "file", "kv_cache", "activation", "optimizer", "gradient", "throughput",
                 "latency", "utilization", "communication", "flops")  # fmt: skip
# Words beside which a dimension is advice, or that of a tokenizer, which no config holds.
_ABOUT_ELSE = frozenset(["should", "freeze", "freezing", "need", "该", "应该", "冻结", "冻",
                         "tokenizer", "分词器"])  # fmt: skip
_KEYS = ("layers", "hidden", "heads")
_MOST_STRANGE = 4


def dimension_asked(cues: Cues) -> Intent | None:
    """Return the dimension of a named model that is asked for, or None.

    Dimensions beside cards, settings or a topic of their own only describe a job.
    """
    named = _named(cues)
    if len(named) != 1 or not cues.own_sized or cues.strange > _MOST_STRANGE:
        return None
    if cues.hardware_said or cues.rated or cues.topic(*_OTHER_TOPICS) or cues.trains:
        return None
    if cues.ask("fit", "count", "max", "time") or cues.fact("seq", "batch", "total_tokens"):
        return None
    elsewhere = any(item.word in _ABOUT_ELSE for item in cues.reading.items)
    if elsewhere or not cues.fact("model"):
        return nothing()
    return Intent("model_info", 0.85, {"dimension": named.pop()})


def _named(cues: Cues) -> set[str]:
    """Return the dimensions that stand without a number; their bare names only in few words."""
    named = {
        value
        for item in cues.reading.items
        for slot, value in item.tags
        if slot == "dimension" and not item.used
    }
    return named or ({key for key in _KEYS if cues.terse and cues.open(key)})
