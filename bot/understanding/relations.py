"""Closed-class words that relate amounts (``relations.toml``), and where one bears on a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.understanding.atoms import Atom
from bot.understanding.items import Item
from bot.understanding.lexicon import Trie, read_lists
from bot.understanding.reading import Reading

# Slots of what is no value of the run that is asked about.
_NO_VALUES = frozenset({"name", "price", "ordinal", "date", "host_memory", "stated", "per", "mode",
                        "whole_memory", "per_gpu", "headroom", "shape", "to_unit"})  # fmt: skip
SIZED = frozenset({"params", "model"})
_THINGS = frozenset({"params", "model", "gpu", "gpu_count", "nodes"})
_COUNTING = ("number", "gpus", "nodes", "scaled", "bytes")
SMALL = frozenset(["the", "a", "an", "any", "of", "的", "about", "around", "my", "our", "is", "是",
                   "有", "约", "大约", "大概", "个", "with", "at", "length", "长度"])  # fmt: skip
# Calculators that find a bound by themselves: ``at least``, ``最多``.
_OF_BOUNDS = frozenset({"max_batch", "max_context", "max_params", "max_rank", "min_gpus", "plan"})
_WEIGHABLE = frozenset({"range", "change", "addition", "alternation", "comparison", "ratio"})
PARTS = frozenset({"weights", "kv_cache", "activation", "optimizer", "gradient", "cuda", "file",
                    "memory"})  # fmt: skip
# Calculators of all that a run takes, those with a rule of thumb, and what the rules leave out.
WHOLES = frozenset({"training", "inference", "fit", "min_gpus"})
RULED = frozenset({"training", "inference"})
PARTS_OF_RUN = PARTS - {"file", "memory"}
NOT_IN_RULE = frozenset({"activation", "cuda", "kv_cache"})
_SETTINGS = ("format", "method", "optimizer", "checkpointing", "sharding", "attention", "offload",
             "mixed", "mode")  # fmt: skip
_SENTENCE_ENDS = frozenset(["?", "!", "。", "."])
ENDS = frozenset([",", ".", ";", "?", "!", ":", "。"])


@dataclass(frozen=True, slots=True)
class Relation:
    """A word found: where it has to stand, what it does, and ``items[start:end]`` that spell it."""

    where: str
    does: str
    start: int
    end: int


@cache
def _words() -> Trie:
    trie = Trie()
    for where, lists in read_lists("relations.toml").items():
        if where == "counted":
            continue
        for does, words in lists.items():
            for word in words:
                trie.add(word, (where, does))
    return trie


def relations(items: Sequence[Item], atoms: Sequence[Atom]) -> Iterator[Relation]:
    """Yield the words of the message: the longest at each place that ends where an item ends."""
    trie = _words()
    index = 0
    while index < len(items):
        match = trie.longest(atoms, items[index].start)
        end = index
        while match is not None and end < len(items) and items[end].end < match.end:
            end += 1
        index += 1
        if match is None or end >= len(items) or items[end].end != match.end:
            continue
        for where, does in match.tags:
            if where in _BEARS:
                yield Relation(where, does, index - 1, end + 1)
        index = end + 1


def bears(relation: Relation, reading: Reading) -> bool:
    """Whether the word stands where it bears on a value of its clause."""
    return _BEARS[relation.where](relation, reading)


def is_claimed(relation: Relation, calculator: str, reading: Reading, *, weighs: bool) -> bool:
    """Whether some rule has read the word, or what it does is what the calculator does.

    A comparison (``weighs``) reads the words between its values; a denial those before a setting;
    the parts of memory those that leave a part out; a change of numbers those beside them.
    """
    said = reading.items[relation.start : relation.end]
    if any(item.slots - {"mode"} for item in said) or (weighs and relation.does in _WEIGHABLE):
        return True
    if calculator in _OF_BOUNDS and any(item.has("ask") for item in said):
        return True
    after, before = after_of(reading, relation.end), before_of(reading, relation.start - 1)
    match relation.does:
        case "remainder":  # ``剩 16 张``, not ``left of 16``
            right = reading.at(relation.end)
            left = right is not None and right.quantity is not None and bool(right.slots)
            return left or any(_changed(item) for item in reading.items)
        case "part" if _is_part(reading.at(relation.start - 1)):
            return True  # ``the optimizer part of …``
        case "multiple" if any("factor" in item.slots for item in reading.items):
            return True  # ``2x the context (16k now)``
        case "change":  # ``降到 1900``: the later value holds
            return after is not None and is_value(after)
        case "exception":
            if weighs and (after is None or after.word in ENDS):
                return True  # ``with and without``
            settings = after is not None and any(after.has(slot) for slot in _SETTINGS)
            return (
                settings
                or _is_set_aside(after, calculator)
                or asks_total_then(reading, relation.end)
            )
        case "omission":
            return _is_set_aside(before, calculator)
    return any(_changed(item) for item in (after, before) if item is not None)


def is_value(item: Item) -> bool:
    """Whether the item gave a value of the run that is asked about."""
    return not item.slots <= _NO_VALUES


def _is_part(item: Item | None) -> bool:
    return item is not None and item.get("topic") in PARTS


def _is_set_aside(item: Item | None, calculator: str) -> bool:
    """Whether leaving the part out leaves the figure as it is: it is of another part."""
    if item is None or not _is_part(item):
        return False
    inside = calculator in WHOLES and item.get("topic") in PARTS_OF_RUN
    return not inside or (calculator in RULED and item.get("topic") in NOT_IN_RULE)


def asks_total_then(reading: Reading, start: int) -> bool:
    """``除了权重还要多少？总共呢``: a later sentence asks for the whole after all."""
    items = reading.items
    ends = (place for place in range(start, len(items)) if items[place].word in _SENTENCE_ENDS)
    end = next(ends, len(items))
    return any(item.has("per", "total") for item in items[end:])


def _changed(item: Item) -> bool:
    return not item.slots.isdisjoint(("more", "fewer"))


def after_of(reading: Reading, index: int) -> Item | None:
    """Return the item at ``index`` or behind it, across words of no meaning."""
    return reading.at(reading.skip(index, 1, SMALL))


def before_of(reading: Reading, index: int) -> Item | None:
    """Return the item at ``index`` or before it, across words of no meaning."""
    return reading.at(reading.skip(index, -1, SMALL))


def _anywhere(relation: Relation, reading: Reading) -> bool:
    return True


def _before_number(relation: Relation, reading: Reading) -> bool:
    """``last 8``, ``not 4``: what a word leaves out has to be used to matter."""
    item = after_of(reading, relation.end)
    if item is None or item.is_kind("time"):
        return False
    if item.quantity is None:
        return relation.does == "subset" and item.has("numword")
    if relation.does == "setting":
        return item.is_kind("number") and not item.slots
    if relation.does == "subset":
        return SIZED.isdisjoint(item.slots)  # ``微调后 7B``
    return relation.does != "exclusion" or is_value(item)


def _after_number(relation: Relation, reading: Reading) -> bool:
    """``2 more``, ``1.5x``: right behind a number that nothing has taken or that is used."""
    item = reading.at(relation.start - 1)
    return item is not None and item.quantity is not None and not item.is_kind("time")


def _before_thing(relation: Relation, reading: Reading) -> bool:
    """Find ``the other two``, ``另一张``: right before a card, a model or a number of them."""
    item = after_of(reading, relation.end)
    if item is None:
        return False
    thing = item.is_kind(*_COUNTING) or not _THINGS.isdisjoint(item.slots)
    return thing or item.has("unit", "gpu") or item.has("format")


def _between_values(relation: Relation, reading: Reading) -> bool:
    """Between two values of a kind that are not both read as two things."""
    left, right = _value_before(reading, relation.start - 1), _value_after(reading, relation.end)
    if left is None or right is None or not _alike(left, right):
        return False
    apart = left.slots and right.slots and not left.slots & right.slots
    read = apart or "before" in left.slots  # ``halve the batch from 8 to 4``
    return not read and (bool(left.slots | right.slots) or relation.does == "addition")


def _before_size(relation: Relation, reading: Reading) -> bool:
    item = after_of(reading, relation.end)
    return item is not None and not SIZED.isdisjoint(item.slots)


def _after_size(relation: Relation, reading: Reading) -> bool:
    item = before_of(reading, relation.start - 1)
    return item is not None and not SIZED.isdisjoint(item.slots)


_BEARS: dict[str, Callable[[Relation, Reading], bool]] = {
    "clause": _anywhere,
    "number": _before_number,
    "after_number": _after_number,
    "thing": _before_thing,
    "between": _between_values,
    "before_size": _before_size,
    "after_size": _after_size,
}


def _value_before(reading: Reading, index: int) -> Item | None:
    """Return the value before, across the unit or key that it stands with."""
    item = before_of(reading, index)
    if item is not None and item.quantity is None and (item.has("key") or item.has("unit")):
        return before_of(reading, index - 1)
    return item


def _value_after(reading: Reading, index: int) -> Item | None:
    """Return the value behind, across the key that stands before it: ``to batch 16``."""
    item = after_of(reading, index)
    if item is not None and item.quantity is None and item.has("key"):
        return after_of(reading, index + 1)
    return item


def _alike(left: Item, right: Item) -> bool:
    """Whether two items are values of one kind: two sizes, two lengths, two numbers."""
    if left.quantity is None or right.quantity is None:
        return not SIZED.isdisjoint(left.slots) and not SIZED.isdisjoint(right.slots)
    kinds = {left.quantity.kind, right.quantity.kind}
    return len(kinds) == 1 or "number" in kinds
