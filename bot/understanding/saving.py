"""What a setting saves: ``how much does LoRA save``; it is weighed against what it replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.understanding.asked import Intent
from bot.understanding.conflicts import Conflict, conflicts
from bot.understanding.cues import Cues
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading
from bot.understanding.toggles import toggled

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
_BETWEEN_TWO = frozenset(
    ["差多少", "相差", "差距", "difference", "gap", "gap between", "memory gap"]
)
_LARGER = frozenset(["大多少", "小多少", "how much bigger", "how much larger", "how much smaller"])
_MORE = glue("how_much_more")
_QUALITIES = frozenset(["精度", "效果", "质量", "速度", "价格", "成本", "快", "慢", "accuracy",
                        "quality", "speed", "loss", "faster", "slower", "cost"])  # fmt: skip
_NUMBERED = {"tp": ("degree", "tp"), "pp": ("degree", "pp"), "lora_rank": ("key", "rank")}
_SAID_AS = {"checkpointing": "no recompute", "sharding": "DDP", "offload": "no offload"}
_TRAINED = frozenset({"method", "sharding", "checkpointing", "attention", "optimizer", "offload"})
_FULL_WIDTH = frozenset({"fp16", "bf16", "fp32"})
_WITHOUT_SENSE = ("time", "throughput", "latency", "communication", "utilization")


def saved(cues: Cues) -> Intent | None:
    """Return the memory in which a setting's saving shows, where one is asked for."""
    if not cues.sized:
        return None
    if not asks_saving(cues):
        return _difference(cues)
    if cues.ask("time", "count") or cues.topic(*_WITHOUT_SENSE) or cues.rated:
        return None
    field = subject(cues.reading)
    if field is None:
        return None
    if field == "sharding":
        several = cues.fact("gpu_count", "nodes") or cues.before.get("gpu_count")
        return Intent("training", 0.85, {"per_gpu": True, "mode": "train"} if several else {})
    if field in ("tp", "pp"):
        part = "training" if cues.trains else "inference"
        return Intent(part, 0.85, {"per_gpu": True})
    if field in _TRAINED or field == "lora_rank":
        return Intent("training", 0.85, {"mode": "train"})
    if field == "kv_dtype":
        return Intent("kv_cache", 0.85)
    filed = any(i.has("topic", "file") and not i.has("saving") for i in cues.reading.items)
    part = "file_size" if filed and not cues.memory_asked else "inference"
    return Intent("training" if cues.trains else part, 0.85)


def _larger(cues: Cues) -> bool:
    """``fp16 的 7B 比 int4 的大多少``: by how much one of two is larger, as they are stored."""
    if cues.reading.words.isdisjoint(_LARGER) or cues.strange or cues.reading.says("mode"):
        return False
    if cues.memory_asked or cues.rated or cues.hardware or cues.topic():
        return False
    return any(
        conflict.field == "dtype" and conflict.weighed for conflict in conflicts(cues.reading)
    )


def _difference(cues: Cues) -> Intent | None:
    """``lora 7b 和 qlora 7b 差多少``: what lies between two settings, nothing else being named."""
    if _larger(cues):
        return Intent("file_size", 0.85)
    reading = cues.reading
    words = {item.word for item in reading.items}
    if not words & _BETWEEN_TWO or cues.strange or words & _QUALITIES or cues.rated:
        return None
    if cues.ask("time", "count", "max", "min") or cues.topic(*_WITHOUT_SENSE, "activation"):
        return None
    fields = [conflict.field for conflict in conflicts(reading) if conflict.weighed]
    fields += [conflict.field for conflict in toggled(reading)]
    if any(field in _TRAINED or field == "lora_rank" for field in fields):
        return Intent("training", 0.75, {"mode": "train"})
    return None


def asks_difference(cues: Cues) -> bool:
    """Whether what lies between two settings is asked for, as a saving or in so many words."""
    words = cues.reading.words
    return asks_saving(cues) or not (_BETWEEN_TWO | _MORE).isdisjoint(words)


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
    for field, named in _NUMBERED.items():
        value = reading.facts.get(field)
        if value is None or not (
            _is_weighed(field, reading) or (field != "lora_rank" and value > 1)
        ):
            continue
        near = (min(abs(index - place) for place in places) for index in reading.tagged(*named))
        found += [(distance, field) for distance in near]
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
    if field in _NUMBERED:
        yield Conflict(field, (value, 1), (str(value), "1"), weighed=True)
        return
    given_up = _withdrawn(field, reading)
    if given_up is not None:
        yield Conflict(field, (value, given_up), (str(value), str(given_up)), weighed=True)
        return
    other = "fp16" if field in ("dtype", "kv_dtype") else _INSTEAD[field][value]
    texts = (str(value), _SAID_AS.get(field, str(other)))
    yield Conflict(field, (value, other), texts, weighed=True)
