"""Parts of a name that make it another model's: ``gemma-3n``, ``glm-4.5v``, ``kimi-vl-a3b``.

A name is read from its left: the longest run that the registry knows, then what is glued or
hyphened to it. What comes before the size tells families apart (``phi-3-small``), so a part that
nothing knows makes it another model. What comes after the size is mostly a tuner's own word
(``llama-3-8b-lexi``): only the words of further inputs and other designs count there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading

_HYPHENS = frozenset(["-", "_", ":"])
_APART = glue("other_designs")
_SAME = glue("same_design")
_BEFORE_NUMBERS = frozenset("avx")
_SIZED = re.compile(r"\d(?:\.\d+)?\s?[bm](?![a-z])|(?<=\d)[bm]\d$", re.IGNORECASE)
_LETTERED = re.compile(r"[a-z]+\d[\d.]*")


@dataclass(frozen=True, slots=True)
class Apart:
    """A name that is not the registry's: its text, where it ends, and the size in it."""

    text: str
    end: int
    size: Item | None


def apart(reading: Reading, index: int) -> Apart | None:
    """Return what the model or family at ``index`` is part of, if that is another model."""
    first = reading.items[index]
    sized = bool(_SIZED.search(first.text))
    found, size, place = False, None, index + 1
    while (part := _next_part(reading, place, sized=sized)) is not None:
        item = reading.items[part]
        if _is_size(item):
            if not _lettered(reading, part):
                size, sized = size or item, True
        elif item.quantity is None:
            found = found or _sets_apart(reading, part, sized=sized)
        place = part + 1
    if not found and (other := _other_version(reading, index)) is not None:
        found, place = True, max(place, other)
    if not found:
        return None
    parts = reading.items[index:place]
    text = "".join(f" {p.text}" if n and p.gap else p.text for n, p in enumerate(parts))
    return Apart(text, place, size)


def continues_name(reading: Reading, index: int) -> bool:
    """Whether an item is glued or hyphened to a name of the registry that stands before it."""
    while index > 0 and not reading.items[index].gap:
        index -= 1
        if reading.items[index].has("model") or reading.items[index].has("family"):
            return True
    return False


def _next_part(reading: Reading, place: int, *, sized: bool) -> int | None:
    """Return where the name goes on at ``place``, None where it has ended."""
    item, after = reading.at(place), reading.at(place + 1)
    if item is None:
        return None
    if item.word in _HYPHENS and not item.gap:
        return place + 1 if after is not None and not after.gap else None
    if not item.gap:
        return place if item.quantity is not None or _is_latin(item) else None
    spoken = item.word in _APART and not item.tags
    return place if spoken or (not sized and _is_lettered_size(item, after)) else None


def _is_latin(item: Item) -> bool:
    return item.word.isascii() and item.word.isalpha()


def _is_size(item: Item) -> bool:
    quantity = item.quantity
    if quantity is None:
        return False
    return quantity.kind == "params" or (quantity.kind == "scaled" and quantity.scale in "bm")


def _is_lettered_size(item: Item, after: Item | None) -> bool:
    """Whether it is the ``E`` of ``Gemma 3n E4B``."""
    glued = after is not None and not after.gap and _is_size(after)
    return item.word == "e" and glued


def _lettered(reading: Reading, index: int) -> bool:
    """Whether a size is an active or effective one: ``A3B``, ``E4B``."""
    before = reading.items[index - 1]
    return not reading.items[index].gap and before.word in ("a", "e")


def _sets_apart(reading: Reading, index: int, *, sized: bool) -> bool:
    item, after = reading.items[index], reading.at(index + 1)
    if item.word in _APART or (item.word == "flash" and reading.items[index - 1].word in _HYPHENS):
        return True
    if sized or item.tags or item.word in _SAME or not _is_latin(item):
        return False
    numbered = after is not None and after.quantity is not None and not after.gap
    return not (numbered and item.word in _BEFORE_NUMBERS)


def _other_version(reading: Reading, index: int) -> int | None:
    """Return the end of ``Kimi K2.5`` where the registry's Kimi is ``kimi-k2``."""
    letters, number = reading.at(index + 1), reading.at(index + 2)
    name = reading.items[index].get("model")
    if name is None or letters is None or number is None or number.gap:
        return None
    if letters.tags or not number.is_kind("number") or not _is_latin(letters):
        return None
    said = letters.word + number.text
    own = [part for part in name.split("-") if _LETTERED.fullmatch(part)]
    alike = [part for part in own if part.rstrip(".0123456789") == letters.word]
    return index + 3 if alike and said not in alike else None
