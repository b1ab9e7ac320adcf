"""Speeds as what is asked: utilisation, throughput, latency, and what is communicated."""

from __future__ import annotations

from bot.understanding import objects, serving
from bot.understanding.asked import Intent
from bot.understanding.asked import nothing as _none
from bot.understanding.cues import Cues
from bot.understanding.lacking import only_family

# Tokens a second of one card that only training, which reads whole sequences, comes to.
_TRAINING_RATE = 200


def utilization_asked(cues: Cues) -> Intent | None:
    """Return the utilisation, of a rate or of FLOPS."""
    asked = cues.topic("utilization") or (
        cues.fact("reference_tokens_per_s_gpu") and cues.fact("tokens_per_s_gpu") and cues.asks
    )
    if cues.fact("tflops_gpu") and (asked or not cues.ask("time")):
        if asked or cues.reading.cards or cues.fact("peak_tflops"):
            share = cues.reading.says("share_of_peak")
            told = not (cues.asks or share or cues.words <= 3 or cues.fact("peak_tflops"))
            return Intent("utilization_flops", 0.9 if asked else 0.45 if told else 0.75)
        return None
    if not asked or cues.rate_at_share or objects.asks_rate_at_share(cues):
        return None
    if cues.rated:
        return Intent("utilization_throughput", 0.9)
    if cues.knowledge("how_see") or cues.knowledge("what_is"):
        return None
    asks = cues.ask("how_much", "max") or (cues.question_mark and cues.terse)
    if cues.sized and cues.hardware and asks:
        return Intent("utilization_throughput", 0.6)
    return None


def throughput_asked(cues: Cues) -> Intent | None:
    """Return a throughput, or the utilisation that a measured rate comes to."""
    measured = cues.fact("examples_per_s", "step_s")
    if measured and not (cues.topic("throughput") or cues.fact("seq", "params", "model")):
        return _none(0.3)
    if measured and cues.topic("reference") and cues.sized and cues.fact("seq"):
        return Intent("utilization_throughput", 0.7)
    if measured and (cues.topic("throughput") or not cues.ask("time")):
        if cues.topic("throughput") or not cues.sized or cues.reading.says("unit", "token"):
            return Intent("throughput", 0.8)
        return Intent("utilization_throughput", 0.6)
    rate = None if serving.asks_theory(cues) else cues.reading.facts.get("tokens_per_s_gpu")
    if rate and cues.sized and not cues.ask("time"):
        trains = cues.trains or rate >= _TRAINING_RATE
        return Intent("utilization_throughput", 0.65) if trains else _none(0.2)
    if cues.rate_at_share or objects.asks_rate_at_share(cues):
        return Intent("throughput", 0.8)
    if cues.topic("throughput") and cues.sized and not cues.rated and not only_family(cues):
        return Intent("throughput" if cues.trains else "latency", _of_papers(cues, 0.7))
    return None


def latency_asked(cues: Cues) -> Intent | None:
    """Return the speed of serving: first token, each further one."""
    asked = cues.topic("latency") or objects.asks_token_rate(cues)
    asked = asked or serving.asks_reply_time(cues) or serving.asks_decoding(cues)
    asked = asked and (not cues.rated or serving.asks_theory(cues))
    if not asked or not cues.sized or only_family(cues):
        return None
    return Intent("throughput" if cues.trains else "latency", _of_papers(cues, 0.75))


def _of_papers(cues: Cues, confidence: float) -> float:
    """Lower the confidence where a published figure is asked for, not a calculation."""
    return 0.4 if cues.topic("reference") and not cues.hardware else confidence


def communication_asked(cues: Cues) -> Intent | None:
    """Return what is communicated a step."""
    between = cues.topic("bandwidth") and cues.fact("sharding") and not cues.reading.cards
    if (cues.topic("communication") or between) and cues.sized and not cues.ask("fit"):
        return Intent("communication", 0.8)
    return None
