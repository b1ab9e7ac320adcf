"""What a word means only once the calculator is known: headroom, all-reduce, a card's property."""

from __future__ import annotations

from typing import Any

from bot.understanding.counting import asks_machines, asks_needed_cards
from bot.understanding.cues import Cues
from bot.understanding.shares import take_share
from bot.understanding.whose_format import of_cache_alone

_MOST_IN_ONE = 72
# What a calculator finds out is not taken over from earlier turns.
_ASKED_FOR = {
    "min_gpus": ("gpu_count", "nodes", "tp", "pp", "dp"),
    "max_batch": ("batch", "micro_batch", "global_batch"),
    "max_context": ("seq",),
    "max_params": ("model", "params"),
    "max_rank": ("lora_rank",),
}


def _prepares(cues: Cues) -> bool:
    """Whether what to prepare is asked, the FAQ's 20n, rather than what training takes in all."""
    if cues.before or not cues.reading.says("shape", "prepare"):
        return False
    in_all = cues.reading.says("per", "total") or any(i.word == "一般" for i in cues.reading.items)
    return cues.ask("min") or not in_all


def _all_reduces(cues: Cues) -> bool:
    """Whether an all-reduce is named, which only plain data parallelism does to gradients."""
    words = (item.word for item in cues.reading.items)
    return any("allreduce" in word.replace(" ", "").replace("-", "") for word in words)


def _one_machine(facts: dict[str, Any], cards: Any) -> None:
    """Keep how many cards each machine has: ``几台 8 卡``; ``nodes`` are what is asked."""
    nodes = facts.pop("nodes", None) or 1
    if isinstance(cards, int) and cards % nodes == 0 and 1 <= cards // nodes <= _MOST_IN_ONE:
        facts["node_gpus"] = cards // nodes


def adjust(calculator: str | None, facts: dict[str, Any], cues: Cues) -> None:
    """Settle what a word means only once the calculator is known."""
    if calculator == "min_gpus" and (asks_machines(cues) or asks_needed_cards(cues)):
        each = facts.pop("gpu_count", None)
        if asks_machines(cues):
            facts["machines"] = True
            _one_machine(facts, each)
    for name in _ASKED_FOR.get(calculator or "", ()):
        if name not in cues.reading.facts:
            facts.pop(name, None)
    if calculator == "communication" and "sharding" not in facts and _all_reduces(cues):
        facts["sharding"] = "none"
    if calculator in ("gpu_info", "compare_gpu") and facts.get("gpu_count") == 1:
        del facts["gpu_count"]
    if calculator == "training" and _prepares(cues):
        facts["headroom"] = True
    dtype = cues.reading.facts.get("dtype")
    if calculator == "compare_gpu" and dtype in ("bf16", "fp8"):
        facts["attribute"] = cues.reading.facts.get("attribute", dtype)
    if calculator == "throughput" and "utilization_percent" in facts:
        facts.setdefault("mode", "train")
    if calculator not in ("gpu_info", "compare_gpu"):
        facts.pop("attribute", None)
    if calculator == "kv_cache":
        of_cache_alone(facts, cues)
        take_share(facts, cues.reading)
