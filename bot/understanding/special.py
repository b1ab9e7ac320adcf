"""Messages that are no question: greetings, calls for help, look-ups of past answers."""

from __future__ import annotations

from typing import Literal

from bot.understanding.items import Item
from bot.understanding.lexicon import glue

Special = Literal["help", "greeting", "history", "paste"]

_POLITE = glue("polite")

_ENDS = frozenset(["。", ".", "?", "!"])
_SENTENCE = glue("sentence")


def _names_something(items: list[Item]) -> bool:
    """Whether few words are looked up, one of them a name or a number of the field."""
    named = any(
        item.quantity is not None or any(item.has(slot) for slot in ("card", "model", "format"))
        for item in items
    )
    return named and len(items) <= 6 and not any(item.word in _SENTENCE for item in items)


def _asks_after(items: list[Item]) -> bool:
    """Whether a sentence of its own asks for something, after the one that tells of the past."""
    told = max(index for index, item in enumerate(items) if item.has("history", "asked"))
    ends = [index for index, item in enumerate(items) if index > told and item.word in _ENDS]
    rest = items[ends[0] + 1 :] if ends else []
    asks = any(item.has("ask", "how_much") or item.has("ask", "fit") for item in rest)
    return asks and any(item.quantity is not None or item.has("model") for item in rest)


def special_of(items: list[Item]) -> Special | None:
    """Recognise help, greetings and look-ups; the items of an empty message mean help."""
    meaningful = [item for item in items if item.word not in _POLITE]
    if not meaningful:
        return "help" if not items or all(not i.text.isalnum() for i in items) else "greeting"
    if any(item.has("history", "asked") for item in meaningful) and not _asks_after(items):
        return "history"
    if meaningful[0].has("history", "find") and _names_something(meaningful[1:]):
        return "history"
    if all(item.has("ask", "help") or item.has("ask", "greeting") for item in meaningful):
        return "help" if any(item.has("ask", "help") for item in meaningful) else "greeting"
    return None


def looked_up(items: list[Item]) -> str:
    """Return the words that a look-up of past answers asks for."""
    kept = [item for item in items if not item.has("history") and item.word not in _POLITE]
    return " ".join(item.text for item in kept if item.word not in ("有人", "吗", "在", "过"))
