"""Nothing that bears on a number may go unread: what no rule has claimed is asked back.

The other modules mark the words that they read (:meth:`Reading.take`). When a calculation has been
chosen, what relates its values and nobody has marked means that the figure would be for something
else than what was asked. Four things are looked for, each in a clause that has a value:

- a closed-class word that parts, multiplies, excludes, shares, bounds or orders,
- a quantity with a unit that matters and that nothing has taken,
- a number that counts things: ``4 LoRAs``, ``three 7B``, ``3 个容器``,
- two sizes of which one is used, and which are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Any

from bot.understanding.atoms import Atom
from bot.understanding.items import Item
from bot.understanding.lexicon import glue, read_lists
from bot.understanding.reading import Reading
from bot.understanding.relations import (
    ENDS,
    PARTS,
    SIZED,
    SMALL,
    Relation,
    bears,
    before_of,
    is_claimed,
    is_value,
    relations,
)
from bot.understanding.understood import Problem
from bot.understanding.vocabulary import cards, choose_card

# Calculators that read amounts of no run.
_OF_NO_RUN = frozenset({"gpu_info", "compare_gpu", "convert", "dtype_bits", "cuda_overhead"})
_TELLING = frozenset({"params", "scaled", "bytes", "tokens", "percent", "gpus", "nodes",
                      "examples", "flops"})  # fmt: skip
_SCALES = frozenset(["k", "m", "b", "t", "万", "亿"])
_FIELD = frozenset({"key", "format", "method", "checkpointing", "card", "model"})
_UNITS = frozenset({("unit", "gpu"), ("unit", "node"), ("unit", "token"), ("unit", "example")})
_LEAST_BYTES = 1e6
_COUNTERS = frozenset(["个", "份", "套", "种", "组", "位", "different", "separate", "of", "the"])
_COUNTED = ("model", "method", "family", "model_object")
_FILES = frozenset(["checkpoint", "checkpoints", "ckpt", "ckpts", "files", "文件", "检查点"])
_DENIED = frozenset(["not", "不", "非", "than"])
_MOST_COUNTED = 1000
_NEEDING = glue("needing")
_NEUTRAL = glue("neutral")
_NUMERALS = frozenset("两二三四五六七八九十几")
_HAVING = frozenset(["has", "have", "got", "having", "有", "长了"])
_ROUNDED = 0.1  # 6.7B and 7B are one size


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
    for word in relations(items, atoms):
        bearing = (valued[word.start] or _before_left(word, reading)) and bears(word, reading)
        if bearing and not is_claimed(word, calculator, reading, weighs=weighs):
            found.update(range(word.start, word.end))
    numbers = {index for index, _ in reading.quantities()} | set(reading.tagged("numword"))
    if not reading.words.isdisjoint(_NUMERALS):
        numbers.update(index for index, item in enumerate(items) if item.word in _NUMERALS)
    for index in numbers:
        free = valued[index] and not items[index].slots
        if free and (_is_left(reading, index) or _counts(reading, index)):
            found.add(index)
    if not found and not weighs:
        found.update(_second_values(reading))
    found.update(_sizes_of_others(reading))
    if not found:
        return None
    said = " / ".join(_stretches(items, sorted(_with_numbers(items, found))))
    plain = _plain(items, found)
    return Problem("unclaimed", said, (plain,) if plain else (), "unclaimed")


def _with_numbers(items: Sequence[Item], found: Set[int]) -> set[int]:
    """Return the places with the values that stand right beside them: all of ``20 to 30``."""
    beside = {place + step for place in found for step in (-1, 1)}
    valued = {i for i in beside if 0 <= i < len(items) and is_value(items[i])}
    return valued | set(found)


def _clauses(items: Sequence[Item]) -> list[bool]:
    """Return for each item whether its clause has a value, or a word that values are said of."""
    valued: list[bool] = []
    start = 0
    for index, item in enumerate(items):
        if item.word in ENDS or index + 1 == len(items):
            clause = items[start : index + 1]
            has = any(is_value(other) or _is_of_field(other) for other in clause)
            valued += [has] * len(clause)
            start = index + 1
    return valued


def _is_of_field(item: Item) -> bool:
    if item.word in _NEEDING or item.get("topic") in PARTS:
        return True
    return any(slot in _FIELD or (slot, said) in _UNITS for slot, said in item.tags)


def _is_left(reading: Reading, index: int) -> bool:
    """Whether a quantity with a unit that matters was taken by nothing, and repeats no value."""
    item = reading.items[index]
    quantity, facts = item.quantity, reading.facts
    if _is_ratio(reading, index):
        return True
    if quantity is None or quantity.kind not in _TELLING or _is_denied(reading, index):
        return False
    if quantity.kind == "scaled" and quantity.scale not in _SCALES:
        return False
    if quantity.kind == "bytes":
        after = reading.at(index + 1)
        if after is not None and (after.has("topic", "host_memory") or after.has("topic", "file")):
            return False  # no card's: ``128G 内存, 24G 显存``
        return quantity.value >= _LEAST_BYTES and quantity.value != _whole_memory(facts)
    return quantity.value not in facts.values()


def _is_ratio(reading: Reading, index: int) -> bool:
    """``60/40``, ``1/4``: two numbers that nothing has taken on both sides of a stroke."""
    other = index + 2 if _is_stroke(reading.at(index + 1)) else index - 2
    sides = (reading.at(index), reading.at(other))
    stroke = reading.at((index + other) // 2)
    free = all(item is not None and item.is_kind("number") and not item.slots for item in sides)
    return free and _is_stroke(stroke)


def _is_stroke(item: Item | None) -> bool:
    return item is not None and item.word == "/" and not item.gap


def _before_left(word: Relation, reading: Reading) -> bool:
    """``…, the other 12GB``: the clause has only the word and an amount that nothing took."""
    after = reading.at(word.end)
    return word.where == "thing" and after is not None and after.is_kind("bytes", "params")


def _is_denied(reading: Reading, index: int) -> bool:
    """``40GB rather than 80GB``: what it is said not to be is rightly not used."""
    before = before_of(reading, index - 1)
    return before is not None and (before.word in _DENIED or before.has("withdrawn"))


def _whole_memory(facts: Mapping[str, Any]) -> float:
    """Return the memory of all the cards together, by their name; 0 where it is not known."""
    memory = facts.get("gpu_memory_bytes")
    if memory is None:
        known = cards().get(str(facts.get("gpu"))) or choose_card(str(facts.get("gpu")), None, None)
        memory = 0 if known is None else known.gigabytes * 1e9
    return float(memory * facts.get("gpu_count", 1))


def _counts(reading: Reading, index: int) -> bool:
    """Whether a number that nothing has taken counts things: ``4 LoRAs``, ``3 个容器``."""
    item = reading.items[index]
    if item.word in _NUMERALS:  # ``两层``, ``三个专家``
        return _is_thing(reading, index + 1, bearing=True)
    number = item.quantity.value if item.quantity is not None else float(item.get("numword") or 0)
    if not (item.is_kind("number", "examples") or item.has("numword")):
        return False
    if not 2 <= number <= _MOST_COUNTED or number % 1 or _is_denied(reading, index):
        return False
    counted = reading.at(reading.skip(index + 1, 1, _COUNTERS))
    if counted is None or counted.word in ENDS:
        return False
    if not SIZED.isdisjoint(counted.slots) or any(counted.has(slot) for slot in _COUNTED):
        return True
    if counted.word in _FILES:  # ``20 checkpoints of a 7B``
        return True
    return _is_thing(reading, index + 1, bearing=True)


def _is_thing(reading: Reading, index: int, *, bearing: bool) -> bool:
    """Whether what stands behind a number is a noun of no list: ``containers``, ``个粉丝``."""
    after = reading.at(index)
    counted = reading.at(reading.skip(index, 1, _COUNTERS))
    if after is None or counted is None or after.used:
        return False
    if after.word == "层":
        return True
    if after.tags:
        return False
    if after.word in _COUNTERS and not after.word.isascii():
        plain = counted.word.isascii() or counted.word in _NEUTRAL or counted.tags
        return counted.word.isalpha() and not plain
    word = after.word
    if word in _lists()["people"]:
        return True
    plural = word.isascii() and word.isalpha() and len(word) > 3 and word.endswith("s")
    listed = word in _lists()["verbs"] or (bearing and word in _lists()["nouns"])
    return plural and not listed and not word.endswith("ss")


def _sizes_of_others(reading: Reading) -> set[int]:
    """Return the places of sizes that are no model's: ``my cat has 7B``, ``13B followers``."""
    found = set()
    for index in reading.slotted("params"):
        has = reading.skip(index - 1, -1, SMALL - {"有"})
        verb, owner = reading.at(has), reading.at(has - 1)
        if verb is not None and verb.word in _HAVING and owner is not None:
            said = f"{reading.items[has - 2].word if has > 1 else ''}{owner.word}"
            if owner.word in _lists()["owners"] or said in _lists()["owners"]:
                found.add(index)
        if _is_thing(reading, index + 1, bearing=False):
            found.add(index)
    return found


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    """Return the words that may stand behind a number, by what they are."""
    return {
        name: frozenset(words) for name, words in read_lists("relations.toml")["counted"].items()
    }


def _second_values(reading: Reading) -> set[int]:
    """Return the places of sizes that were taken and are not the one that is used."""
    used = reading.facts.get("params")
    factored = any("factor" in item.slots for item in reading.items)  # ``比 7B 大一倍``
    if factored or not isinstance(used, int | float):
        return set()
    return {
        index
        for index, item in reading.quantities()
        if "params" in item.slots
        and item.quantity is not None
        and abs(item.quantity.value - used) > _ROUNDED * used
    }


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
    """Return what was read, without what was not: the values and what is asked.

    Nothing where two numbers would run into one: ``20到30`` without its word.
    """
    if any(_parts_numbers(items, place) for place in left_out):
        return ""
    text = ""
    for index, item in enumerate(items):
        said = item.slots or item.tags or item.quantity is not None or item.word in ENDS
        if index not in left_out and (said or item.word in SMALL):
            text += f" {item.text}" if text and item.gap else item.text
    return text.strip(" ,.;:。")


def _parts_numbers(items: Sequence[Item], place: int) -> bool:
    """Whether numbers stand on both sides of a word."""
    sides = [*items[place - 1 : place], *items[place + 1 : place + 2]]
    return len(sides) == 2 and all(item.quantity is not None for item in sides)
