"""Serving: how fast the model of a conversation is, and what an engine keeps for its cache."""

from __future__ import annotations

from bot.understanding.asked import Intent
from bot.understanding.cues import Cues

_FEW_WORDS = 6
_THEORY = frozenset(["theoretical", "theory", "expected", "ideal", "理论", "理论上", "上限"])
_SPEEDS = ("latency", "throughput")


def asks_speed(cues: Cues) -> bool:
    """Whether hardly more than a speed is asked: ``how fast?``, ``那速度呢``."""
    named = cues.ask("speed") or cues.topic(*_SPEEDS)
    other = cues.topic("communication", "bandwidth", "network", "utilization") or cues.rated
    other = other or cues.reading.says("network") or cues.topic("file")
    return bool(named and not other) and cues.words <= _FEW_WORDS and not cues.strange


def asks_reply_time(cues: Cues) -> bool:
    """Whether the time of a prompt and its answer is asked: ``2k in, 500 out, how long?``."""
    lengths = cues.fact("prompt_tokens", "new_tokens") and not cues.fact("total_tokens")
    return bool(lengths and cues.ask("time") and not cues.trains)


def asks_decoding(cues: Cues) -> bool:
    """Whether a list of settings begins with what is timed: ``decode mistral-7b int4 3090``."""
    first = cues.reading.items[0].word if cues.reading.items else ""
    return first in ("decode", "decoding", "解码") and cues.terse and not cues.memory_asked


def asks_theory(cues: Cues) -> bool:
    """Whether the speed that a card can reach is asked beside the one that was measured."""
    words = {item.word for item in cues.reading.items}
    return bool(words & _THEORY) and not cues.trains


def speed_of_before(cues: Cues) -> Intent | None:
    """Return the speed of what the conversation is about, in training or in serving."""
    sized = any(cues.before.get(name) for name in ("model", "params"))
    if not sized or cues.ask("time", "fit", "count") or not asks_speed(cues):
        return None
    if cues.knowledge("how_see", "what_is", "why", "advice"):
        return None
    return Intent("throughput" if cues.trains else "latency", 0.8)


def cache_room(cues: Cues) -> Intent | None:
    """``how much is left for the KV cache``: what fits beside the weights, in tokens."""
    if not (cues.sized and cues.hardware) or cues.fact("seq"):
        return None
    room = cues.reading.says("kv_room")
    if not room and not (cues.topic("kv_cache") and cues.fact("memory_share")):
        return None
    return Intent("max_context", 0.85, {"mode": "infer"})
