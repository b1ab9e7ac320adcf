"""Models of other kinds than those of the registry: encoders, sequence to sequence, speech.

Their structure is not covered: what they keep beside their parameters is not what a decoder of the
same size keeps. Only the bytes of parameters, which any model of that size has, are calculated.
"""

from __future__ import annotations

from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading
from bot.understanding.understood import Problem

_HYPHENS = frozenset(["-", "_"])
_VERSIONS = glue("versions") | frozenset(["small", "medium", "tiny", "huge", "giant"])
# What rests on the number of parameters alone.
_OF_PARAMETERS = ("file_size", "optimizer_memory", "gradient_memory", "training_time")
_LONGEST = 8


def bind_others(reading: Reading) -> None:
    """Name each such model; its name's parts are no numbers of their own."""
    for index in reading.tagged("other_model"):
        item = reading.items[index]
        if item.used or item.has("model"):
            continue
        item.slots.add("model")
        end = _end(reading, index)
        for part in reading.items[index + 1 : end]:
            part.slots.add("model")
        text = _text(reading, index, end)
        place = reading.skip(end, 1, _HYPHENS, 1)
        size = reading.at(place)
        if size is not None and _is_size(reading, place):
            reading.facts["other_kind"] = (f"{text}-{size.text}", size.text)
            reading.unlisted.append(f"{text}-{size.text}")
            continue
        sizes = [other for other in range(len(reading.items)) if _is_size(reading, other)]
        if sizes and not reading.tagged("model"):
            reading.facts["other_kind"] = (text, reading.items[sizes[0]].text)
            reading.unlisted.append(text)
            continue
        if "model" in reading.facts or "params" in reading.facts:
            reading.unplaced.append(text)
            continue
        reading.facts.setdefault("unsized", text)
        reading.problem("not_decoder", text, (), "model")


def not_decoder(calculator: str | None, reading: Reading) -> Problem | None:
    """Return the question back for a sized model of another kind, where its structure matters."""
    named = reading.facts.get("other_kind")
    if named is None or calculator is None or calculator in _OF_PARAMETERS:
        return None
    text, size = named
    return Problem(
        "not_decoder", text, (f"{size} weights in fp16", f"{size} AdamW states"), "model"
    )


def _is_size(reading: Reading, index: int) -> bool:
    item = reading.at(index)
    if item is None or item.quantity is None:
        return False
    return item.is_kind("params") or (item.is_kind("scaled") and item.quantity.scale in ("b", "m"))


def _end(reading: Reading, index: int) -> int:
    """Where the name ends: parts hyphened or glued to it, and a version's word after a space."""
    end = index + 1
    while end < len(reading.items) and end - index < _LONGEST:
        item, after = reading.items[end], reading.at(end + 1)
        if item.word in _HYPHENS and not item.gap and after is not None and not after.gap:
            if _is_size(reading, end + 1):
                break
            end += 2
        elif item.word in _VERSIONS or (not item.gap and _part_of_name(reading, end)):
            end += 1
        else:
            break
    return end


def _part_of_name(reading: Reading, index: int) -> bool:
    item = reading.items[index]
    if _is_size(reading, index):
        return False
    return item.is_kind("number") or (item.word.isascii() and item.word.isalnum())


def _text(reading: Reading, start: int, end: int) -> str:
    parts = reading.items[start:end]
    return "".join(f" {p.text}" if n and p.gap else p.text for n, p in enumerate(parts))
