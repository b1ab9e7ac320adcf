"""Nothing that bears on a number may go unread: what no rule has claimed is asked back.

The other modules mark the words that they read (:meth:`Reading.take`). When a calculation has been
chosen, what relates its values and nobody has marked means that the figure would be for something
else than what was asked. Four things are looked for, each in a clause that has a value:

- a closed-class word that parts, multiplies, excludes, shares or orders (``relations.toml``),
- a word between two values of one kind, of which only one is used and which are not compared,
- a quantity with a unit that matters and that nothing has taken,
- a number that counts something of the field: ``4 LoRAs``, ``3 个 7B``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.understanding.atoms import Atom
from bot.understanding.items import Item
from bot.understanding.lexicon import Trie, read_lists
from bot.understanding.reading import Reading
from bot.understanding.understood import Problem
from bot.understanding.vocabulary import cards, choose_card

_ENDS = frozenset([",", ".", ";", "?", "!", ":", "。", "\n"])
# Slots of what is no value of the run that is asked about.
_NO_VALUES = frozenset({"name", "price", "ordinal", "date", "host_memory", "stated", "per", "mode",
                        "whole_memory", "per_gpu", "headroom", "shape", "to_unit"})  # fmt: skip
# Calculators that read amounts of no run.
_OF_NO_RUN = frozenset({"gpu_info", "compare_gpu", "convert", "dtype_bits", "cuda_overhead"})
_LARGEST = frozenset({"max_batch", "max_context", "max_params", "max_rank", "min_gpus", "plan"})
_WEIGHABLE = frozenset({"range", "change", "addition", "alternation", "comparison", "ratio"})
_PARTS = frozenset({"weights", "kv_cache", "activation", "optimizer", "gradient", "cuda", "file",
                    "memory"})  # fmt: skip
_TELLING = frozenset({"params", "scaled", "bytes", "tokens", "percent", "gpus", "nodes",
                      "examples", "flops"})  # fmt: skip
_SCALES = frozenset(["k", "m", "b", "t", "万", "亿"])
_SIZED = frozenset({"params", "model"})
_THINGS = frozenset({"params", "model", "gpu", "gpu_count", "nodes"})
_SETTINGS = ("format", "method", "optimizer", "checkpointing", "sharding", "attention", "offload",
             "mixed", "mode")  # fmt: skip
_FIELD = ("key", "format", "method", "checkpointing", "card", "model")
_LEAST_BYTES = 1e6
_SMALL = frozenset(["the", "a", "an", "of", "的", "about", "around", "my", "our", "is", "是", "有",
                    "约", "大约", "大概", "个", "with", "at", "length", "长度"])  # fmt: skip
_COUNTERS = frozenset(["个", "份", "套", "种", "x", "different", "separate", "of", "the"])
_COUNTED = ("model", "method", "family")


@dataclass(frozen=True, slots=True)
class _Word:
    """A relational word found: where it has to stand, what it does, the items that it covers."""

    where: str
    does: str
    start: int
    end: int


@cache
def _relations() -> Trie:
    trie = Trie()
    for where, lists in read_lists("relations.toml").items():
        for does, words in lists.items():
            for word in words:
                trie.add(word, (where, does))
    return trie


def unclaimed(
    calculator: str | None, reading: Reading, atoms: Sequence[Atom], *, weighs: bool
) -> Problem | None:
    """Return the question back for what bears on a number and was not read.

    ``weighs`` says that the message's values are compared, which reads what stands between them.
    """
    if calculator is None or calculator in _OF_NO_RUN or reading.configured:
        return None
    items = reading.items
    valued = _clauses(items)
    found: set[int] = set()
    for word in _words(items, atoms):
        if valued[word.start] and not _is_claimed(word, calculator, reading, weighs=weighs):
            found.update(_WHERE[word.where](word, reading))
    for index, item in reading.quantities():
        if valued[index] and (_is_left(item, reading.facts) or _counts(reading, index)):
            found.add(index)
    if not found:
        return None
    said = " / ".join(_stretches(items, sorted(found)))
    return Problem("unclaimed", said, (_plain(items, found),), "unclaimed")


def _clauses(items: Sequence[Item]) -> list[bool]:
    """Return for each item whether its clause has a value that is used."""
    valued: list[bool] = []
    start = 0
    for index, item in enumerate(items):
        if item.word in _ENDS or index + 1 == len(items):
            clause = items[start : index + 1]
            has = any(_is_value(other) or _is_of_field(other) for other in clause)
            valued += [has] * len(clause)
            start = index + 1
    return valued


def _words(items: Sequence[Item], atoms: Sequence[Atom]) -> Iterator[_Word]:
    """Yield the relational words: the longest at each place that ends where an item ends."""
    trie = _relations()
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
            if where != "free":
                yield _Word(where, does, index - 1, end + 1)
        index = end + 1


def _is_claimed(word: _Word, calculator: str, reading: Reading, *, weighs: bool) -> bool:
    """Whether some rule has read the word, or what it does is what the calculator does."""
    said = reading.items[word.start : word.end]
    if any(item.slots - {"mode"} for item in said) or (weighs and word.does in _WEIGHABLE):
        return True
    if calculator in _LARGEST and any(item.has("ask") for item in said):
        return True
    after, before = _after(reading, word.end), _before(reading, word.start - 1)
    changed = any({"more", "fewer"} & item.slots for item in (after, before) if item is not None)
    if word.does == "remainder":
        right = reading.at(word.end)  # ``剩 16 张``, not ``left of 16``
        left = right is not None and right.quantity is not None and bool(right.slots)
        return left or any({"more", "fewer"} & item.slots for item in reading.items)
    if word.does == "change":
        return after is not None and _is_value(after)
    if word.does != "exception":
        return changed
    if weighs and (after is None or after.word in _ENDS):
        return True  # ``with and without``
    settings = after is not None and any(after.has(slot) for slot in _SETTINGS)
    parts = any(item.get("topic") in _PARTS for item in (after, before) if item is not None)
    return settings or parts


def _in_clause(word: _Word, reading: Reading) -> range:
    return range(word.start, word.end)


def _before_number(word: _Word, reading: Reading) -> range:
    """Find a word right before a number: what it leaves out has to be used to matter."""
    item = _after(reading, word.end)
    if item is None or item.quantity is None or item.is_kind("time"):
        return range(0)
    if word.does == "exclusion" and not _is_value(item):
        return range(0)
    return range(word.start, word.end)


def _between_values(word: _Word, reading: Reading) -> range:
    """Find a word between two values of a kind that are not both read as two things."""
    left, right = _before(reading, word.start - 1), _after(reading, word.end)
    if left is None or right is None or not _alike(left, right):
        return range(0)
    apart = left.slots and right.slots and not left.slots & right.slots
    return range(0) if apart or not left.slots | right.slots else range(word.start, word.end)


def _before_thing(word: _Word, reading: Reading) -> range:
    """Find a word right before a card, a model or a number of them: ``the other two``."""
    item = _after(reading, word.end)
    if item is None:
        return range(0)
    thing = item.is_kind("number", "gpus", "nodes", "scaled") or bool(item.slots & _THINGS)
    return range(word.start, word.end) if thing or item.has("unit", "gpu") else range(0)


def _before_size(word: _Word, reading: Reading) -> range:
    item = _after(reading, word.end)
    sized = item is not None and bool(_SIZED & item.slots)
    return range(word.start, word.end) if sized else range(0)


def _after_size(word: _Word, reading: Reading) -> range:
    item = _before(reading, word.start - 1)
    sized = item is not None and bool(_SIZED & item.slots)
    return range(word.start, word.end) if sized else range(0)


_WHERE: dict[str, Callable[[_Word, Reading], range]] = {
    "clause": _in_clause,
    "number": _before_number,
    "thing": _before_thing,
    "between": _between_values,
    "before_size": _before_size,
    "after_size": _after_size,
}


def _before(reading: Reading, index: int) -> Item | None:
    return reading.at(reading.skip(index, -1, _SMALL))


def _after(reading: Reading, index: int) -> Item | None:
    return reading.at(reading.skip(index, 1, _SMALL))


def _is_value(item: Item) -> bool:
    return bool(item.slots - _NO_VALUES)


def _is_of_field(item: Item) -> bool:
    return any(item.has(slot) for slot in _FIELD)


def _alike(left: Item, right: Item) -> bool:
    """Whether two items are values of one kind: two sizes, two lengths, two numbers."""
    if left.quantity is None or right.quantity is None:
        return bool(_SIZED & left.slots and _SIZED & right.slots)
    kinds = {left.quantity.kind, right.quantity.kind}
    return len(kinds) == 1 or "number" in kinds


def _is_left(item: Item, facts: Mapping[str, Any]) -> bool:
    """Whether a quantity with a unit that matters was taken by nothing, and repeats no value."""
    quantity = item.quantity
    if quantity is None or item.slots or quantity.kind not in _TELLING:
        return False
    if quantity.kind == "scaled" and quantity.scale not in _SCALES:
        return False
    if quantity.kind == "bytes":
        return quantity.value >= _LEAST_BYTES and quantity.value != _whole_memory(facts)
    return quantity.value not in facts.values()


def _whole_memory(facts: Mapping[str, Any]) -> float:
    """Return the memory of all the cards together, by their name; 0 where it is not known."""
    memory = facts.get("gpu_memory_bytes")
    if memory is None:
        known = cards().get(str(facts.get("gpu"))) or choose_card(str(facts.get("gpu")), None, None)
        memory = 0 if known is None else known.gigabytes * 1e9
    return float(memory * facts.get("gpu_count", 1))


def _counts(reading: Reading, index: int) -> bool:
    """Whether a number that nothing has taken counts models or adapters: ``4 LoRAs``."""
    item = reading.items[index]
    if item.slots or not item.is_kind("number", "examples") or item.quantity is None:
        return False
    counted = reading.at(reading.skip(index + 1, 1, _COUNTERS))
    if counted is None or item.quantity.value < 2:
        return False
    return "params" in counted.slots or any(counted.has(slot) for slot in _COUNTED)


def _stretches(items: Sequence[Item], places: Sequence[int]) -> Iterator[str]:
    """Yield the words as they were written, those side by side together."""
    text = ""
    for index, place in enumerate(places):
        item = items[place]
        follows = index > 0 and places[index - 1] == place - 1
        if text and not follows:
            yield text
            text = ""
        text += f" {item.text}" if text and item.gap else item.text
    yield text


def _plain(items: Sequence[Item], left_out: Set[int]) -> str:
    """Return what was read, without what was not: the values and what is asked."""
    text = ""
    for index, item in enumerate(items):
        said = item.slots or item.tags or item.quantity is not None or item.word in _ENDS
        if index not in left_out and (said or item.word in _SMALL):
            text += f" {item.text}" if text and item.gap else item.text
    return text.strip(" ,.;:。")
