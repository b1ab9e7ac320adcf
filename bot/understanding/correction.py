"""Messages that correct themselves: ``on 8, no, 4 cards``, ``8 张 A100，不对，是 4 张``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.understanding.atoms import Atom
from bot.understanding.items import Item
from bot.understanding.lexicon import glue

_SHORT = glue("correcting")
_PAUSES = frozenset([",", ";", "-", ".", "。", "!", "?", "(", "、", ":", "~"])
_GROUPS = {"model": "params", "family": "params", "nodes": "gpu_count", "zero_stage": "sharding"}
NO_VALUES = frozenset({"mode", "per", "per_gpu", "headroom", "name", "withdrawn", "state_dtype"})
_PARTICLES = frozenset(["啊", "哦", "呃", "额", "嗯", "sorry", "wait"])


def correction_at(items: list[Item]) -> tuple[int, int] | None:
    """Return where a correction's marker begins and ends, as items; None where there is none.

    What is said after it replaces what was said of the same thing before it.
    """
    for index in range(len(items) - 1, 0, -1):
        item = items[index]
        marked, short = item.has("correction"), item.word in _SHORT
        if not (marked or short) or index + 1 >= len(items):
            continue
        before, after = items[index - 1], items[index + 1]
        paused = before.word in _PAUSES or before.word in _PARTICLES or before.has("correction")
        counted = before.quantity is not None or before.has("card") or before.has("unit")
        follows = after.word in _PAUSES or after.quantity is not None
        if (marked and (paused or counted)) or (short and paused and follows):
            start = index
            while start > 0 and (items[start - 1].word in _PAUSES or _marks(items[start - 1])):
                start -= 1
            end = index + 1
            while end < len(items) and (items[end].word in _PAUSES or _marks(items[end])):
                end += 1
            return (start, end) if start > 0 and end < len(items) else None
    return None


def _marks(item: Item) -> bool:
    return item.has("correction") or item.word in _SHORT or item.word in _PARTICLES


@dataclass(frozen=True, slots=True)
class Corrected:
    """The text with what was taken back blanked out, and the two numbers that stay unclear."""

    text: str
    unclear: tuple[str, ...] = ()
    field: str | None = None


def corrected(
    text: str, atoms: Sequence[Atom], items: list[Item], bound: Callable[[str], list[Item]]
) -> Corrected | None:
    """Blank what a correction replaces, and its marker; None where nothing is corrected.

    ``bound`` reads a part of the text and returns its items with their slots; offsets stay.
    """
    marker = correction_at(items)
    if marker is None:
        return None
    start, end = (atoms[items[place].start].start for place in marker)
    first, second = bound(text[:start]), bound(" " * end + text[end:])
    new = groups_of(second)
    old = [item for item in first if groups_of([item]) & new]
    if not new:
        counted = [i for i in second if i.quantity is not None]
        former = [i for i in first if i.quantity is not None]
        if not counted or not former:
            return None
        old = [former[-1]]
        if former[-1].slots & {"gpu_count", "nodes"} or not former[-1].is_kind(*_kinds(counted[0])):
            plain = blanked(text, atoms, (), (start, end))
            return Corrected(plain, (former[-1].text, counted[0].text), "gpu_count")
    elif first and first[-1].is_kind("number") and not first[-1].slots:
        old.append(first[-1])
    if not old:
        return None
    return Corrected(blanked(text, atoms, old, (start, end)))


def blanked(text: str, atoms: Sequence[Atom], old: Sequence[Item], marker: tuple[int, int]) -> str:
    """Return ``text``, as long as before, without ``old`` and the stretch of a marker."""
    characters = list(text)
    for item in old:
        first, last = atoms[item.start].start, atoms[item.end - 1].end
        characters[first:last] = " " * (last - first)
    start, end = marker
    replaced = any(atoms[item.end - 1].end >= start - 1 for item in old)
    characters[start:end] = ("" if replaced else ",").ljust(end - start)
    return "".join(characters)


def _kinds(item: Item) -> tuple[str, ...]:
    return (item.quantity.kind, "number") if item.quantity is not None else ()


def groups_of(items: Sequence[Item], left_out: frozenset[str] = NO_VALUES) -> set[str]:
    """Return what the items say something of; one group for all that a new value replaces."""
    slots = {slot for item in items for slot in item.slots}
    return {_GROUPS.get(slot, slot) for slot in slots} - left_out
