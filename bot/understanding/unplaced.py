"""What is said of a conversation's calculation and that no rule can place: asked back.

``three copies of the card?``, ``per gpu over 2``: values of the field in a few words, so that they
change something of what was calculated; "I don't know" would be no answer to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.understanding.changing import spelled
from bot.understanding.cues import Cues
from bot.understanding.understood import Problem

_FEW_WORDS = 8
_MOST_STRANGE = 6
_OF_THE_FIELD = ("factor", "format", "method", "optimizer", "sharding", "card")
_SAID_ELSEWHERE = ("why", "how_see", "what_is", "advice", "remedy")


def unplaced(cues: Cues, context: Mapping[str, Any] | None) -> Problem | None:
    """Return the question back for what changes a calculation in a way that is not clear.

    Only after a calculation, and for a message that has something of the field and little besides.
    """
    before = (context or {}).get("inputs") or {}
    if not (context and context.get("result") and (before.get("params") or before.get("model"))):
        return None
    if cues.words > _FEW_WORDS or cues.strange > _MOST_STRANGE or cues.own_sized:
        return None
    if cues.knowledge(*_SAID_ELSEWHERE) or cues.topic("generic") or not _of_the_field(cues):
        return None
    return Problem("unplaced", spelled(cues.reading), (), "change")


def _of_the_field(cues: Cues) -> bool:
    reading = cues.reading
    cards = any(item.has("unit", "gpu") or item.is_kind("gpus") for item in reading.items)
    named = any(reading.says(slot) for slot in _OF_THE_FIELD)
    read = any(item.used and not item.is_kind("number") for item in reading.items)
    return bool(read or reading.open_keys or cards or named or cues.unit_asked)
