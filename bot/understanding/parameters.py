"""Parameters as what is asked: ``how many parameters has mixtral``, ``lora r=16 可训练参数``."""

from __future__ import annotations

from bot.understanding.asked import Intent, nothing
from bot.understanding.cues import Cues
from bot.understanding.items import Item

_COUNTED = frozenset(["how many", "number of", "total", "total number of", "of", "多少", "多少个",
                      "几", "几个", "总", "多少亿"])  # fmt: skip
_COUNTS = frozenset(["count", "counts", "number", "数量", "总数", "个数", "total"])
_FEW_WORDS = 4
_NUMBERS = frozenset(["参数量", "参数规模", "参数数量"])
_ASKING = frozenset(["多少", "是", "几", "?", "有", "多大", "呢"])
# What a number of parameters is only a means for.
_OTHER_TOPICS = ("memory", "file", "kv_cache", "activation", "optimizer", "gradient", "throughput",
                 "latency", "utilization", "communication", "flops")  # fmt: skip


def parameters_asked(cues: Cues) -> Intent | None:
    """Return the count of a model's parameters, or of the adapters' where those are trained."""
    adapted = cues.reading.facts.get("method") in ("lora", "qlora") or cues.fact("lora_rank")
    named = any(_names_a_number(item) for item in cues.reading.items)
    if cues.hardware_said or cues.rated or cues.topic(*_OTHER_TOPICS):
        return None
    if not (cues.fact("model") or (adapted and cues.sized)):
        return nothing(0.3) if cues.fact("params") and named and cues.asks else None
    if cues.ask("fit", "count", "time") or cues.fact("total_tokens", "batch", "seq"):
        return None
    if any(item.has("ask", "max") and not _names_a_number(item) for item in cues.reading.items):
        return None
    return Intent("parameters", 0.85) if named or _counts_them(cues) else None


def _names_a_number(item: Item) -> bool:
    """Whether a phrase is the number of parameters itself: ``how many params``, ``多少参数``."""
    return item.has("topic", "vague_size") and ("param" in item.word or "参数" in item.word)


def _counts_them(cues: Cues) -> bool:
    items = cues.reading.items
    if cues.words <= _FEW_WORDS and items[0].has("key", "params") and not items[0].used:
        return not cues.fact("dtype")  # ``params llama-2-13b``
    for index, item in enumerate(items):
        if not item.has("key", "params") or item.used:
            continue
        before = items[index - 1].word if index else ""
        after = items[index + 1].word if index + 1 < len(items) else ""
        if before in _COUNTED or after in _COUNTS:
            return True
        if item.word in _NUMBERS and (after in _ASKING or not after):
            return True
    return False
