"""What a setting saves: ``how much does LoRA save``; it is weighed against what it replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.understanding.asked import Intent
from bot.understanding.conflicts import Conflict, conflicts
from bot.understanding.cues import Cues
from bot.understanding.reading import Reading

# What each setting takes the place of, where nothing is said of it.
_INSTEAD: Mapping[str, Mapping[str, Any]] = {
    "method": {"lora": "full", "qlora": "full"},
    "sharding": dict.fromkeys(("zero1", "zero2", "zero3", "fsdp2", "hybrid"), "none"),
    "checkpointing": {"full": "none", "selective": "none"},
    "attention": {"flash": "eager", "sdpa": "eager"},
    "optimizer": dict.fromkeys(("adamw_8bit", "adafactor", "lion", "muon", "galore", "sgd",
                                "sgd_momentum"), "adamw"),
    "offload": {"optimizer": "none", "parameters": "none"},
}  # fmt: skip
_TAGS = {"method": "method", "sharding": "sharding", "checkpointing": "checkpointing",
         "attention": "attention", "optimizer": "optimizer", "offload": "offload",
         "dtype": "format", "kv_dtype": "format"}  # fmt: skip
_SAID_AS = {"checkpointing": "no recompute", "sharding": "DDP", "offload": "no offload"}
_TRAINED = frozenset({"method", "sharding", "checkpointing", "attention", "optimizer", "offload"})
_FULL_WIDTH = frozenset({"fp16", "bf16", "fp32"})
_WITHOUT_SENSE = ("time", "throughput", "latency", "communication", "utilization")


def saved(cues: Cues) -> Intent | None:
    """Return the memory in which a setting's saving shows, where one is asked for."""
    if not asks_saving(cues) or not cues.sized:
        return None
    if cues.ask("time", "count") or cues.topic(*_WITHOUT_SENSE) or cues.rated:
        return None
    field = subject(cues.reading)
    if field is None:
        return None
    if field == "sharding":
        several = cues.fact("gpu_count", "nodes") or cues.before.get("gpu_count")
        return Intent("training", 0.85, {"per_gpu": True, "mode": "train"} if several else {})
    if field in _TRAINED:
        return Intent("training", 0.85, {"mode": "train"})
    if field == "kv_dtype":
        return Intent("kv_cache", 0.85)
    filed = any(i.has("topic", "file") and not i.has("saving") for i in cues.reading.items)
    part = "file_size" if filed and not cues.memory_asked else "inference"
    return Intent("training" if cues.trains else part, 0.85)


def asks_saving(cues: Cues) -> bool:
    """Whether it asks how much is saved."""
    places = cues.reading.tagged("saving")
    if not places:
        return False
    counted = any("多少" in cues.reading.items[place].word for place in places)
    counted = counted or any(item.word.startswith("what") for item in cues.reading.items)
    asked = counted or cues.ask("how_much", "compare")
    return asked or cues.question_mark or cues.memory_asked


def subject(reading: Reading) -> str | None:
    """Return the setting whose saving is asked: the one said nearest to the word for it."""
    places = reading.tagged("saving")
    if not places:
        return None
    found: list[tuple[int, str]] = []
    for field, tag in _TAGS.items():
        value = reading.facts.get(field)
        if value is None or not _replaces(field, value, reading):
            continue
        for index in reading.tagged(tag):
            if field in reading.items[index].slots:
                found.append((min(abs(index - place) for place in places), field))
    return min(found)[1] if found else None


def _replaces(field: str, value: Any, reading: Reading) -> bool:
    if _withdrawn(field, reading) is not None:
        return True
    if field in ("dtype", "kv_dtype"):
        return value not in _FULL_WIDTH or _is_weighed(field, reading)
    return value in _INSTEAD[field] or _is_weighed(field, reading)


def _withdrawn(field: str, reading: Reading) -> str | None:
    """Return the value that is said to be given up: ``int8 instead of bf16``."""
    for index in reading.tagged(_TAGS[field]):
        item = reading.items[index]
        value = item.get(_TAGS[field])
        if "withdrawn" in item.slots and value != reading.facts.get(field):
            return value
    return None


def _is_weighed(field: str, reading: Reading) -> bool:
    return any(conflict.field == field and conflict.weighed for conflict in conflicts(reading))


def instead(reading: Reading) -> Iterator[Conflict]:
    """Yield the setting whose saving is asked with what it replaces, where that is unsaid."""
    field = subject(reading)
    if field is None or _is_weighed(field, reading):
        return
    value = reading.facts[field]
    given_up = _withdrawn(field, reading)
    if given_up is not None:
        yield Conflict(field, (value, given_up), (str(value), str(given_up)), weighed=True)
        return
    other = "fp16" if field in ("dtype", "kv_dtype") else _INSTEAD[field][value]
    texts = (str(value), _SAID_AS.get(field, str(other)))
    yield Conflict(field, (value, other), texts, weighed=True)
