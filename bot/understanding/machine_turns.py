"""What a later message says of a conversation's machines: ``每台 4 卡呢``, ``一台呢``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.understanding.reading import Reading
from bot.understanding.relative import ONE_MACHINE, sign_of
from bot.understanding.understood import Problem

_FEW = 9
_OWN = ("params", "model", "nodes")
_BESIDE = frozenset(["只", "用", "只用", "就", "有", "只有", "那", "吗", "呢", "的话", "?", "如果"])


def bind_machine_turn(reading: Reading, before: Mapping[str, Any]) -> None:
    """Take the cards of each machine for all of them, and ``一台`` for the number of machines."""
    nodes = before.get("nodes")
    each = _each(reading)
    if each is not None and isinstance(nodes, int):
        reading.facts |= {"gpu_count": each * nodes, "nodes": nodes}
        for place in reading.slotted("gpu_count"):
            reading.items[place].slots.add("changed")
    one = _one_alone(reading)
    if one is not None and before.get("gpu_count"):
        reading.facts["nodes"] = 1
        reading.items[one].slots |= {"nodes", "changed"}


def machines_unclear(reading: Reading, before: Mapping[str, Any]) -> Problem | None:
    """Return the question back for ``4 per machine`` where only all the cards were said."""
    each, count = _each(reading), before.get("gpu_count")
    if each is None or not isinstance(count, int) or before.get("nodes") or each >= count:
        return None
    numbers = (each, count) if count % each == 0 else (each,)
    choices = tuple(f"{number} GPUs" for number in numbers)
    return Problem("ambiguous", _text(reading), choices, "gpu_count")


def _each(reading: Reading) -> int | None:
    """Return the cards of each machine, where the message says them and no machines."""
    count = reading.facts.get("gpu_count")
    if not isinstance(count, int) or not reading.says("per", "node"):
        return None
    if len(reading.items) > _FEW or any(name in reading.facts for name in _OWN):
        return None
    return None if reading.says("ask", "count") else count


def _one_alone(reading: Reading) -> int | None:
    """Return where ``一台`` stands with nothing besides, as in ``一台呢``."""
    found = None
    for index, item in enumerate(reading.items):
        if item.word in ONE_MACHINE:
            found = index
        elif not (item.has("follow") or item.has("filler") or item.word in _BESIDE):
            return None
    return None if found is None or sign_of(reading, found) else found


def _text(reading: Reading) -> str:
    return " ".join(item.text for item in reading.items if item.word not in _BESIDE)
