"""Cards weighed against each other: for what they are, or for a job that either may do."""

from __future__ import annotations

from bot.understanding.asked import Intent, nothing
from bot.understanding.cues import Cues
from bot.understanding.largest import largest_of
from bot.understanding.lexicon import glue

_COMPARING = glue("comparing")
_FASTER = ("快", "fast", "quick", "speed", "速度")
# Characters that no list knows beyond which cards are only mentioned.
_STRANGE = 2
# The same where the card for a named job is sought: the question itself says what it is about.
_MOST_STRANGE = 6
_BYGONE = frozenset(["did", "was", "were", "used"])
_BYGONE_ZH = ("当时", "当年", "用的")


def cards_compared(cues: Cues) -> Intent | None:
    """Return that cards are compared for what they are, or None."""
    if len(cues.reading.cards) < 2 or _asks_where_or_how(cues):
        return None
    if largest_of(cues) is not None:
        return None  # the largest model of each is asked, not what the cards are
    if cues.own_sized:  # sets of cards for a job are not compared card by card
        job = _names_job(cues)
        return Intent("compare_gpu", 0.6) if _compares(cues) and not job else None
    told = cues.topic("compute_ask") or cues.fact("attribute") or asks_faster(cues)
    if _compares(cues) or told:
        return Intent("compare_gpu", 0.85)
    if cues.ask("compare") or cues.asks:
        return (
            Intent("compare_gpu", 0.7) if cues.strange <= (_STRANGE if cues.asks else 0) else None
        )
    return Intent("compare_gpu", 0.6) if cues.terse else None


def asks_which_card(cues: Cues) -> bool:
    """Whether the card for a job is what is asked: ``which GPU do I need for 70B``."""
    if not (cues.topic("which_card") and cues.own_sized) or cues.reading.cards:
        return False
    if cues.fact("gpu", "gpu_memory_bytes", "nodes", "unknown_card"):
        return False
    return bool(cues.reading.facts.get("gpu_count", 1) == 1)  # ``which single card``


def cards_for_job(cues: Cues) -> Intent | None:
    """Return the memory of the job that cards are sought for, or None."""
    if not asks_which_card(cues):
        return None
    items = cues.reading.items
    written = "".join(item.text for item in items)
    if any(item.word in _BYGONE for item in items) or any(word in written for word in _BYGONE_ZH):
        return nothing()  # on what a model was trained is no matter of calculation
    if asks_faster(cues) or cues.ask("time", "max"):
        return None
    other = cues.topic("utilization", "throughput", "latency", "communication", "file")
    if other or cues.strange > _MOST_STRANGE or cues.fact("total_tokens"):
        return None
    return Intent("training" if cues.trains else "inference", 0.8)


def sets_weighed(cues: Cues) -> Intent:
    """Return what sets of cards are weighed by: whether the job fits, or how fast it runs."""
    if asks_faster(cues):
        return Intent("throughput" if cues.trains else "latency", 0.75)
    return Intent("fit", 0.8)


def asks_faster(cues: Cues) -> bool:
    """Whether sets of cards are weighed by how fast they are."""
    return any(part in item.word for item in cues.reading.items for part in _FASTER)


def _asks_where_or_how(cues: Cues) -> bool:
    """Whether it asks how or where to see something; ``谁`` beside cards asks which of them."""
    items = cues.reading.items
    asked = cues.reading.tagged("knowledge", "how_see")
    return any(items[index].word not in ("谁", "who") for index in asked)


def _compares(cues: Cues) -> bool:
    """Whether cards are weighed against each other in so many words."""
    return any(item.word in _COMPARING for item in cues.reading.items) and not cues.ask(
        "count", "time"
    )


def _names_job(cues: Cues) -> bool:
    """Whether cards are named for a job that is asked about, not for what they are."""
    asked = cues.ask("fit", "count", "max", "min", "time") or cues.reading.says("mode")
    told = cues.topic("memory", "throughput", "latency", "kv_cache", "activation", "optimizer")
    return asked or told or cues.fact("gpu_count", "method", "batch", "seq", "total_tokens")
