"""Questions about a whole run: its FLOPs, the tokens of a budget, what it leaves on disk."""

from __future__ import annotations

from bot.understanding import counting, objects
from bot.understanding.asked import Intent
from bot.understanding.cues import Cues
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading
from bot.understanding.wanted import piece_of_run

_NEGATIONS = glue("negations")
_CHECKPOINTS = frozenset(
    ["checkpoint", "checkpoints", "checkpoint file", "checkpoint size", "ckpt", "检查点", "断点"]
)
_STORAGE = frozenset(["存储空间", "空间"])
_HOUR_S = 3600.0
_LONG = ("hour", "day", "week", "month")


def run_flops(cues: Cues) -> Intent | None:
    """``how many FLOPs to train 70B on 15T tokens``: the operations of the whole run."""
    if not cues.sized or cues.rated or cues.fact("tflops_gpu", "utilization_percent"):
        return None
    if cues.topic("utilization") or cues.ask("time") or cues.memory_asked:
        return None
    whole = cues.reading.says("run", "flops")
    counted = whole or cues.reading.says("key", "flops") or cues.topic("flops")
    named = whole and not cues.unexplained  # ``total FLOPs to train …``
    asked = cues.ask("how_much") or cues.terse or cues.question_mark or named
    asked = asked or (not cues.strange and not cues.unexplained and cues.open("flops"))
    trained = cues.fact("total_tokens") or (cues.trains and (whole or not cues.hardware))
    if not (counted and asked and trained):
        return None
    return Intent("training_time", 0.85, {"run_flops": True, **piece_of_run(cues)})


def trained_tokens(cues: Cues) -> Intent | None:
    """``how many tokens in a week on 64 H100``: what cards and time come to, in tokens."""
    hours = _budget(cues)
    if hours is None or cues.fact("total_tokens") or not _asks_tokens(cues):
        return None
    if cues.reading.says("mode", "infer") or cues.open("new_tokens"):
        span_s = _duration_s(cues)
        within = {} if span_s is None else {"span_s": span_s}
        return Intent("latency", 0.75, within) if cues.sized and not cues.rated else None
    if not (cues.sized or cues.rated):
        return None
    spoken = cues.trains or cues.fact("utilization_percent", "gpu_hours", "tflops_gpu")
    if not (spoken or cues.fact("tokens_per_s_gpu", "examples_per_s", "step_s")):
        return None
    return Intent("training_time", 0.85, {"gpu_hours": hours})


def spent_time(cues: Cues) -> Intent | None:
    """``10,000 GPU-hours on 64 A100: how many days``: card hours over cards."""
    if not cues.fact("gpu_hours") or not cues.fact("gpu_count") or not _asks_time(cues):
        return None
    return Intent("training_time", 0.85, {"only_time": True})


def cards_in_time(cues: Cues) -> Intent | None:
    """``how many A100 to train 7B on 1T tokens in 2 weeks``: cards that finish a run in time."""
    training = cues.trains or cues.fact("total_tokens", "gpu_hours") or cues.within_said
    asked = counting.asks_count(cues) or cues.within_said
    if not training or cues.reading.says("mode", "infer") or not asked:
        return None
    if not (cues.sized or cues.rated or cues.fact("gpu_hours")):
        return None
    seconds = _duration_s(cues)
    if not seconds:
        return None
    return Intent("min_gpus", 0.9, {"mode": "train", "finish_s": seconds})


def share_of_run(cues: Cues) -> Intent | None:
    """Return the MFU of a run in a time: ``what MFU finishes 7B on 1T tokens in 10 days``."""
    asked = cues.topic("utilization") and not cues.fact("utilization_percent")
    if not (asked and cues.sized and cues.fact("total_tokens")) or cues.rated:
        return None
    seconds = _duration_s(cues)
    if not seconds or counting.asks_count(cues):
        return None
    return Intent("utilization_throughput", 0.9, {"finish_s": seconds})


def resumed(cues: Cues) -> Intent | None:
    """``size of a resume checkpoint``: weights, master copy and optimizer states on disk."""
    if not cues.sized or _asks_memory(cues):
        return None
    reading = cues.reading
    named = any(item.word in _CHECKPOINTS for item in reading.items)
    whole = cues.topic("file") and cues.topic("weights") and cues.topic("optimizer")
    kept = cues.topic("optimizer") or cues.fact("optimizer") or reading.says("resume")
    if not (reading.says("resume", "checkpoint") or (named and kept) or whole):
        return None
    denied = any(_is_denied(reading, place) for place in reading.tagged("topic", "optimizer"))
    if denied or objects.leaves_out(cues, "optimizer") or cues.ask("time", "count"):
        return None
    return Intent("file_size", 0.85, {"resume": True})


def _is_denied(reading: Reading, index: int) -> bool:
    """``no optimizer``, ``without any optimizer``."""
    before = reading.at(reading.skip(index - 1, -1, frozenset(["any", "the"])))
    return before is not None and before.word in _NEGATIONS


def _budget(cues: Cues) -> float | None:
    """Return the card hours that are said, in so many words or as a time on cards."""
    spoken = cues.reading.facts.get("gpu_hours")
    if spoken is not None:
        return float(spoken)
    seconds = _duration_s(cues)
    cards = cues.reading.facts.get("gpu_count") or cues.before.get("gpu_count") or 1
    return None if seconds is None else seconds / _HOUR_S * float(cards)


def _duration_s(cues: Cues) -> float | None:
    for item in cues.reading.items:
        quantity = item.quantity
        if quantity is not None and quantity.kind == "time" and quantity.unit in _LONG:
            item.slots.add("duration")
            return quantity.value
    for index in cues.reading.tagged("span"):
        item = cues.reading.items[index]
        item.slots.add("duration")
        return float(item.get("span") or 0)
    return None


def _asks_tokens(cues: Cues) -> bool:
    """Whether tokens are what is counted: ``how many tokens``, ``tokens per day``."""
    return not cues.fact("seq") and any(
        _names_tokens(item) and not item.used for item in cues.reading.items
    )


def _names_tokens(item: Item) -> bool:
    return item.quantity is None and (item.has("unit", "token") or item.has("key", "tokens"))


def _asks_time(cues: Cues) -> bool:
    return any(item.has("ask", "time") and not item.used for item in cues.reading.items) or any(
        item.word in ("days", "hours", "天", "小时") and not item.used and item.quantity is None
        for item in cues.reading.items
    )


def _asks_memory(cues: Cues) -> bool:
    """Whether a card's memory is asked for, not room on a disk."""
    return cues.memory_asked and any(
        item.has("topic", "memory") and item.word not in _STORAGE for item in cues.reading.items
    )
