"""Brings what flags and keys say together with the sentence around them."""

from __future__ import annotations

from typing import Any

from bot.understanding.flag_values import Configured
from bot.understanding.reading import Reading

# What ``unsized`` says where flags describe a run and nobody names its model.
BY_FLAGS = "flags"
_OF_A_RUN = frozenset({"micro_batch", "global_batch", "batch", "seq", "tp", "pp", "lora_rank",
                       "zero_stage", "grad_accumulation", "checkpointing"})  # fmt: skip
_NUMBERS = frozenset({"micro_batch", "global_batch", "batch", "seq", "lora_rank", "tp", "pp", "dp"})


def bind_configured(reading: Reading, found: Configured) -> None:
    """Give a reading what flags and keys say, before anything else is read."""
    for name, value in found.facts.items():
        reading.facts[name] = value
        if name in _NUMBERS:
            reading.said_values.setdefault(name, []).append((value, f"{name} {value}"))
    reading.unplaced.extend(found.unused)
    reading.configured = bool(found.facts or found.weak)


def bind_configured_after(reading: Reading, found: Configured) -> None:
    """Fill what the sentence leaves open, and bring the numbers of cards together."""
    for name, value in found.weak.items():
        reading.facts.setdefault(name, value)
    if reading.facts.get("method") == "lora" and reading.facts.get("dtype") in ("nf4", "nf4-dq"):
        reading.facts["method"] = "qlora"
    sized = any(name in reading.facts for name in ("model", "params", "sizes", "unsized"))
    if not sized and len(found.facts.keys() & _OF_A_RUN) > 1:
        reading.facts["unsized"] = BY_FLAGS
    flagged = found.gpu_count
    if found.nodes is not None:
        reading.facts.setdefault("nodes", found.nodes)
    if flagged is not None:
        _join_counts(reading, found, flagged)
    _share_batch(reading.facts)


def _share_batch(facts: dict[str, Any]) -> None:
    """Work out one card's batch from that of all cards and the micro-steps, where it is whole."""
    cards, steps = facts.get("gpu_count"), facts.get("grad_accumulation")
    whole = facts.get("global_batch")
    if not (whole and cards and steps) or "micro_batch" in facts or "batch" in facts:
        return
    ranks = cards / (facts.get("tp", 1) * facts.get("pp", 1) * facts.get("cp", 1))
    if ranks >= 1 and whole % (ranks * steps) == 0:
        facts["micro_batch"] = int(whole // (ranks * steps))


def _join_counts(reading: Reading, found: Configured, flagged: int) -> None:
    """Bring the number of processes and the number of cards in the sentence together."""
    said = reading.facts.get("gpu_count")
    each = found.per_node or flagged
    if said is None or said in (each, flagged):
        reading.facts["gpu_count"] = flagged
    elif found.nodes is None and found.world is None and said > each and said % each == 0:
        return
    else:
        choices = (f"{said} GPUs", f"{flagged} GPUs")
        reading.problem("contradiction", f"{said} / {flagged}", choices, "gpu_count")
