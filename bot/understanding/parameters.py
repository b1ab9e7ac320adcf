"""Parameters as what is asked: ``how many parameters has mixtral``, ``lora r=16 可训练参数``."""

from __future__ import annotations

from bot.understanding.asked import Intent, nothing
from bot.understanding.cues import Cues
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.objects import asks_need

_COUNTED = frozenset(["how many", "number of", "total", "total number of", "of", "多少", "多少个",
                      "几", "几个", "总", "多少亿"])  # fmt: skip
_COUNTS = frozenset(["count", "counts", "number", "数量", "总数", "个数", "total"])
_ACTIVE = ("active", "activated", "激活")
_FEW_WORDS = 4
_NUMBERS = frozenset(["参数量", "参数规模", "参数数量"])
# What may stand with a model and ``parameters`` without asking for anything else.
_OWN_FACTS = frozenset({"model", "params", "method", "lora_rank"})
_HOW = glue("how_to")
_ASKING = frozenset(["多少", "是", "几", "?", "有", "多大", "呢"])
# What a number of parameters is only a means for.
_OTHER_TOPICS = ("memory", "file", "kv_cache", "activation", "optimizer", "gradient", "throughput",
                 "latency", "utilization", "communication", "flops")  # fmt: skip


def parameters_asked(cues: Cues) -> Intent | None:
    """Return the count of a model's parameters, or of the adapters' where those are trained."""
    adapted = cues.reading.facts.get("method") in ("lora", "qlora") or cues.fact("lora_rank")
    items = cues.reading.items
    named = any(_names_a_number(cues, index) for index in range(len(items)))
    if cues.hardware_said or cues.rated or cues.topic(*_OTHER_TOPICS):
        return None
    if not (cues.fact("model") or (adapted and cues.sized)):
        return nothing(0.3) if cues.fact("params") and named and cues.asks else None
    if cues.ask("fit", "count", "time") or cues.fact("total_tokens", "batch", "seq"):
        return None
    if any(item.has("ask", "max") and not _names_a_number(cues, i) for i, item in enumerate(items)):
        return None
    told = named or _counts_them(cues) or _names_nothing_else(cues)
    active = any(i.has("topic", "vague_size") and i.word.startswith(_ACTIVE) for i in items)
    asked = {"dimension": "active_parameters"} if active else {}
    return Intent("parameters", 0.85, asked) if told else None


def _names_a_number(cues: Cues, index: int) -> bool:
    """Whether a phrase is the number of parameters itself: ``how many params``, ``多少参数``."""
    item, after = cues.reading.items[index], cues.reading.at(index + 1)
    if not item.has("topic", "vague_size"):
        return False
    counted = after is not None and after.has("key", "params")  # ``how many billion params``
    return counted or "param" in item.word or "参数" in item.word


def _names_nothing_else(cues: Cues) -> bool:
    """Whether a model and its parameters are all there is: ``tell me the parameters of …``."""
    if not cues.open("params") or not cues.reading.facts.keys() <= _OWN_FACTS:
        return False
    if cues.strange or cues.unexplained or asks_need(cues) or cues.topic("plan"):
        return False
    return not any(_asks_otherwise(item) for item in cues.reading.items)


def _asks_otherwise(item: Item) -> bool:
    """Whether an item says that more than the number is meant: ``how to``, ``why``."""
    other = item.has("knowledge") and not item.has("knowledge", "what_is")
    return other or item.word in _HOW


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
