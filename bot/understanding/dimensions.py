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
_JOINING = frozenset(
    ["and", "or", ",", "&", "+", "/", "和", "与", "及", "以及", "、", "还有", "跟"]
)
_GIVING = frozenset(["=", ":", "is", "of", "是", "为"])
_MOST_STRANGE = 4


def dimension_asked(cues: Cues) -> Intent | None:
    """Return the dimension of a named model that is asked for, or None.

    Where several are asked for none is singled out, so that all are told. Dimensions beside
    cards, settings or a topic of their own only describe a job.
    """
    named = _named(cues)
    if not named or not cues.own_sized or cues.strange > _MOST_STRANGE:
        return None
    if cues.hardware_said or cues.rated or cues.topic(*_OTHER_TOPICS) or cues.trains:
        return None
    if cues.ask("fit", "count", "max", "time") or cues.fact("seq", "batch", "total_tokens"):
        return None
    elsewhere = any(item.word in _ABOUT_ELSE for item in cues.reading.items)
    if elsewhere or not cues.fact("model"):
        return nothing()
    return Intent("model_info", 0.85, {"dimension": named.pop()} if len(named) == 1 else {})


def _named(cues: Cues) -> set[str]:
    """Return the dimensions that stand without a number; their bare names only in few words.

    A bare name joined to another dimension is asked for with it: ``how many layers and heads``.
    """
    items = cues.reading.items
    named = {
        value
        for index, item in enumerate(items)
        for slot, value in item.tags
        if slot == "dimension" and not item.used and not _is_given(cues, index)
    }
    bare = {key: place for key, place in cues.reading.open_keys if key in _KEYS}
    if not named and not cues.terse:
        return set()
    return named | {key for key, place in bare.items() if not named or _joined(cues, place)}


def _is_given(cues: Cues, index: int) -> bool:
    """Whether the number follows: ``number of layers 32``."""
    after = cues.reading.at(cues.reading.skip(index + 1, 1, _GIVING, 1))
    return after is not None and after.is_kind("number")


def _joined(cues: Cues, index: int) -> bool:
    around = (cues.reading.at(index - 1), cues.reading.at(index + 1))
    return any(item is not None and item.word in _JOINING for item in around)
