"""What can be read in more than one way, and which problems of a reading matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.understanding.assemble import unclear_batch
from bot.understanding.cues import Cues
from bot.understanding.intent import Intent
from bot.understanding.reading import Reading
from bot.understanding.sets import weighed_sets
from bot.understanding.understood import Problem

_ONE_CARD = frozenset({"fit", "min_gpus", "max_batch", "max_context", "max_params", "max_rank",
                       "plan", "training", "inference", "training_time", "latency", "throughput",
                       "utilization_flops", "utilization_throughput"})  # fmt: skip
UNKNOWN = ("unknown_model", "not_decoder")
_OF_A_CACHE = frozenset({"kv_cache", "max_context", "max_batch"})


def open_points(
    calculator: str | None, facts: Mapping[str, Any], reading: Reading
) -> Iterator[Problem]:
    """Yield what can be read in more than one way for this calculator."""
    if calculator is not None and unclear_batch(calculator, facts):
        said = facts["batch"]
        choices = (f"global batch {said:g}", f"{said:g} per GPU")
        yield Problem("ambiguous", f"batch {said:g}", choices, "batch")
    if calculator in _ONE_CARD and len(reading.cards) > 1 and not weighed_sets(reading):
        yield Problem("ambiguous", " / ".join(reading.cards), tuple(reading.cards), "gpu")
    if calculator in _OF_A_CACHE and reading.says("topic", "kv_cache"):
        for item in reading.items:
            if "left_memory" in item.slots:
                yield Problem("left_for_cache", item.text, (), "gpu_memory_bytes")


def relevant(reading: Reading, cues: Cues, intent: Intent) -> list[Problem]:
    """Drop the problems of a message that asks nothing of the things they are about."""
    if intent.calculator is not None:
        return list(reading.problems)
    about = cues.topic("memory") or cues.reading.says("ask", "count")
    kept = {"bad_number", "unknown_unit", "contradiction"}
    if about:
        kept.update(UNKNOWN)
    if about or cues.own_sized:
        kept.add("unknown_gpu")
    return [problem for problem in reading.problems if problem.code in kept]
