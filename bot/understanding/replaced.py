"""Bare numbers that replace the one before them: ``batch 32 改成 16``, ``seq 4096 now 8192``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.understanding.items import Item
from bot.understanding.reading import Reading
from bot.understanding.understood import Problem

_REPLACED = frozenset({"batch", "micro_batch", "global_batch", "seq", "lora_rank", "gpu_count",
                       "gpu_memory_bytes", "concurrency", "total_tokens", "epochs", "grad_accum",
                       "tp", "pp", "dp", "new_tokens", "prompt_tokens", "params"})  # fmt: skip
_NOW = frozenset(["now", "nowadays"])
_FILLED = frozenset(["了", "为", "是", "到", "成", "it", "is", "it's", "just", "only", "at", "to",
                     "大概", "about", "around", "~"])  # fmt: skip
_ENDS = frozenset(["?", "!", "。", "."])
_LIKE = {"scaled": "number"}
_REACH = 7
_FAR = 64.0


def replaced(items: Sequence[Item]) -> set[int]:
    """Return the places of the numbers that a bare one replaces, and of the words between.

    The bare number stands behind a word of change and is of the kind of the last one before it.
    """
    places: set[int] = set()
    for new in _new_values(items):
        marker = _marker_before(items, new)
        old = _old_value(items, marker)
        if old is not None and _alike(items[old], items[new]):
            places |= {old, *range(marker, new)}
    return places


def changes_left(reading: Reading) -> Iterator[Problem]:
    """Yield the question back for a number that something is changed to, no one knows what."""
    if reading.says("weighing"):
        return
    for new in _new_values(reading.items):
        marker = _marker_before(reading.items, new)
        if _old_value(reading.items, marker) is not None:
            said = " ".join(item.text for item in reading.items[marker : new + 1])
            yield Problem("ambiguous", said, (), "factor")


def _new_values(items: Sequence[Item]) -> Iterator[int]:
    for place, item in enumerate(items):
        bare = item.quantity is not None and item.is_kind("number", "scaled", "bytes")
        if bare and not item.used and _marker_before(items, place) >= 0:
            yield place


def _marker_before(items: Sequence[Item], new: int) -> int:
    """Return where the word of change before the number stands, -1 where there is none."""
    place = new - 1
    while place >= 0 and items[place].word in _FILLED and not _changes(items[place]):
        place -= 1
    if place >= 0 and _changes(items[place]):
        return place
    return new - 1 if _raised(items, new) else -1


def _raised(items: Sequence[Item], new: int) -> bool:
    """``from 40G to 80G``: a card's memory before and after."""
    if new < 3 or not (items[new].is_kind("bytes") and items[new - 2].is_kind("bytes")):
        return False
    return items[new - 1].word in ("to", "到") and items[new - 3].word in ("from", "从")


def _changes(item: Item) -> bool:
    return item.has("change", "to") or item.has("change", "present") or item.word in _NOW


def _old_value(items: Sequence[Item], marker: int) -> int | None:
    """Return the nearest number before the marker in its sentence, if it is of a run."""
    for place in range(marker - 1, max(-1, marker - 1 - _REACH), -1):
        item = items[place]
        if item.word in _ENDS:
            return None
        if item.quantity is not None:
            return place if item.slots & _REPLACED else None
    return None


def _alike(old: Item, new: Item) -> bool:
    """Whether one number can stand for the other: the same kind, and not far from it."""
    if old.quantity is None or new.quantity is None or old.is_kind("params") or not new.quantity:
        return False
    kinds = {_LIKE.get(item.quantity.kind, item.quantity.kind) for item in (old, new)
             if item.quantity is not None}  # fmt: skip
    values = sorted((old.quantity.value, new.quantity.value))
    return len(kinds) == 1 and values[0] > 0 and values[1] <= _FAR * values[0]
