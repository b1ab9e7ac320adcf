"""Sets of cards weighed against each other: ``8×4090 or 4×A100``, ``4张A100和8张4090哪个…``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.understanding.conflicts import asked_in_turn
from bot.understanding.items import Item
from bot.understanding.lists import rows, says_either
from bot.understanding.reading import Reading

_BETWEEN = frozenset(["/", "or", "vs", "versus", "还是", "或", "或者", "比", "against", "than",
                      "over", "or just", "对比", "pk"])  # fmt: skip

_OWNED = frozenset(["have", "有", "手上", "got", "own", "mixed", "together", "混", "混插"])
_EACH = frozenset(["each", "apiece", "of each"])
_CHOOSING = frozenset(["or", "还是", "或", "或者", "which", "哪个", "either"])


@dataclass(frozen=True, slots=True)
class CardSet:
    """Cards of one kind as the message names them; ``count`` is None where none stands there."""

    gpu: str
    count: int | None
    memory_bytes: int | None
    index: int

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that a question about this set alone would give."""
        found: dict[str, Any] = {"gpu": self.gpu}
        if self.count is not None:
            found["gpu_count"] = self.count
        if self.memory_bytes is not None:
            found["gpu_memory_bytes"] = self.memory_bytes
        return found

    @property
    def text(self) -> str:
        """The set as it is shown."""
        return self.gpu if self.count is None else f"{self.count} × {self.gpu}"


def note_set(
    reading: Reading, gpu: str, count: float | None, memory_bytes: int | None, index: int
) -> None:
    """Keep a card with its number where it stands; an impossible number is no set."""
    whole = count is None or (1 <= count <= 1e6 and count == int(count))
    if whole:
        number = None if count is None else int(count)
        reading.sets.append(CardSet(gpu, number, memory_bytes, index))


def weighed_sets(reading: Reading) -> tuple[CardSet, ...]:
    """Return the sets that the message weighs, the first one first; none where it weighs none.

    A card without a number beside one that has a number is a single card, unless the number
    stands only with the last one, where it may be meant for all of them.
    """
    sets: list[CardSet] = []
    if not _on_machines(reading):
        return ()
    counted = {found.gpu for found in reading.sets if found.count is not None}
    for found in reading.sets:
        if found.count is None and found.gpu in counted:
            continue
        if not any((found.gpu, found.count) == (other.gpu, other.count) for other in sets):
            sets.append(found)
    if len(sets) < 2 or not _weighed(reading, sets) or _is_raised(reading, sets):
        return ()
    if any(found.count for found in sets):
        if sets[-1].count and not any(found.count for found in sets[:-1]):
            before = reading.at(sets[-1].index - 1)
            if before is None or (before.quantity is None and before.word not in ("x", "*")):
                return ()
        sets = [_counted(found) for found in sets]
    return tuple(sets)


def settle_sets(reading: Reading) -> None:
    """Make the first of the weighed sets the one that the facts are about.

    A number that stands with none of them, ``A100 or H100, 64 cards``, holds for each.
    """
    sets = weighed_sets(reading)
    if not sets:
        return
    stale = ["gpu", "gpu_memory_bytes"]
    if sets[0].count is not None:
        stale += ["gpu_count", "nodes"]
    elif "gpu_count" not in reading.facts:
        _number_of_each(reading)
    for name in stale:
        reading.facts.pop(name, None)
    reading.facts.update(sets[0].facts)
    reading.problems[:] = [p for p in reading.problems if p.field != "gpu_count"]


def _number_of_each(reading: Reading) -> None:
    """``H100 vs A100, 8 each``: one number of cards for every kind."""
    for index, item in list(reading.free("number")):
        after = reading.at(index + 1)
        value = item.quantity.value if item.quantity is not None else 0
        if after is not None and after.word in _EACH and 1 <= value <= 1e6 and value == int(value):
            reading.take(item, "gpu_count", int(value))
            reading.facts.pop("per_gpu", None)


def weigh_counts(reading: Reading) -> None:
    """``8卡 vs 16卡``, ``4, 8 or 16 H100``: numbers of the same cards, all to be calculated."""
    if "nodes" in reading.facts or len(reading.cards) > 1 or weighed_sets(reading):
        return
    row = _counts_in_a_row(reading)
    asked = [p for p in reading.problems if (p.code, p.field) == ("contradiction", "gpu_count")]
    if row:
        counts = [_number(reading, place) for place in row]
        others = {_number(reading, i) for i in reading.slotted("gpu_count")} - {*counts, None}
        if others:
            return
    else:
        numbers = [choice.partition(" ")[0] for problem in asked for choice in problem.choices]
        counts = [int(number) for number in numbers if number.isdigit() and len(number) < 7]
        places = reading.tagged("weighing")
        compared = any(reading.items[place].word not in _CHOOSING for place in places)
        if len(asked) != 1 or len(counts) != 2 or not compared:
            return
    for place in row:
        reading.items[place].slots.add("gpu_count")
    reading.problems[:] = [problem for problem in reading.problems if problem not in asked]
    reading.facts["gpu_count"] = counts[0]
    name = reading.cards[0] if len(reading.cards) == 1 else "GPU"
    said = [(count, f"{count} × {name}") for count in counts]
    reading.said_values["gpu_count"] = list(said)


def _counts_in_a_row(reading: Reading) -> list[int]:
    """Return where different numbers of cards stand side by side as alternatives."""

    def counts(item: Item) -> bool:
        taken = not item.slots - {"gpu_count"}
        return taken and item.is_kind("number", "gpus") and not item.has("numword")

    for row in rows(reading.items, counts):
        values = [_number(reading, place) for place in row]
        last, after = reading.items[row[-1]], reading.at(row[-1] + 1)
        of_cards = "gpu_count" in last.slots or (after is not None and after.has("unit", "gpu"))
        alternatives = says_either(reading.items, row) or len(row) > 2
        whole = None not in values and len(set(values)) == len(values)
        if of_cards and whole and (alternatives or _each_asked(reading)):
            return row
    return []


def _each_asked(reading: Reading) -> bool:
    places = reading.tagged("weighing")
    return any(reading.items[place].word not in _CHOOSING for place in places)


def _number(reading: Reading, place: int) -> int | None:
    """Return the whole number of cards at ``place``, None where it is none."""
    quantity = reading.items[place].quantity
    if quantity is None or quantity.negative or not 1 <= quantity.value <= 1e6:
        return None
    return int(quantity.value) if quantity.value == int(quantity.value) else None


def other_sets(reading: Reading, facts: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the further sets that are weighed: how each is shown, and the facts with it."""
    for found in weighed_sets(reading)[1:]:
        stale = {"gpu", "gpu_memory_bytes"}
        if found.count is not None:
            stale |= {"gpu_count", "nodes"}
        rest = {name: value for name, value in facts.items() if name not in stale}
        yield found.text, rest | found.facts


def _on_machines(reading: Reading) -> bool:
    """Multiply each set by its machines; False where they cannot be told to whom they belong."""
    if reading.machined:
        return reading.machined == "each"
    machines = [(i, n) for i, _ in reading.quantities() if (n := _machines_at(reading, i))]
    reading.machined = "each"
    counted = [found for found in reading.sets if found.count is not None]
    if not machines or not counted:
        return True
    starts = [0, *(found.index for found in reading.sets)]
    each: list[CardSet] = []
    for start, found in zip(starts, reading.sets, strict=False):
        own = [number for place, number in machines if start <= place < found.index]
        if len(own) != 1 or found.count is None:
            if _counts_the_sets(reading, machines):
                return True
            reading.machined = "unclear"
            return False
        each.append(CardSet(found.gpu, found.count * own[0], found.memory_bytes, found.index))
    reading.sets[:] = each
    return True


def _counts_the_sets(reading: Reading, machines: list[tuple[int, int]]) -> bool:
    """``3 boxes: 8×V100, 4×A100, 2×H100``: the number of machines is that of the sets."""
    (place, number), several = machines[0], len(machines) > 1
    first = min(found.index for found in reading.sets)
    told = any(item.word == ":" for item in reading.items[place:first])
    return not several and told and number == len(reading.sets)


def _machines_at(reading: Reading, index: int) -> int | None:
    """Return the number of machines said at ``index``: ``4 nodes of``, ``4台``."""
    item, after = reading.items[index], reading.at(index + 1)
    if item.quantity is None or not 1 <= item.quantity.value <= 1e5:
        return None
    of_nodes = after is not None and after.has("per", "node") and after.word[:1] in "nmsbh"
    if item.is_kind("nodes") or (item.is_kind("number") and of_nodes):
        return int(item.quantity.value)
    return None


def _counted(found: CardSet) -> CardSet:
    if found.count is not None:
        return found
    return CardSet(found.gpu, 1, found.memory_bytes, found.index)


def _weighed(reading: Reading, sets: list[CardSet]) -> bool:
    if reading.says("weighing", "whole"):
        return True
    if asked_in_turn(reading, sets[-1].index):
        return True
    if _each_counted(reading, sets) or _chosen_from(reading, sets):
        return True
    first, last = sets[0].index, sets[-1].index
    between = reading.items[first + 1 : last]
    return any(item.word in _BETWEEN or item.has("weighing", "between") for item in between)


def _each_counted(reading: Reading, sets: list[CardSet]) -> bool:
    """``几张 4090 几张 A100``: the number of each is asked."""
    before = [reading.at(found.index - 1) for found in sets]
    return all(item is not None and item.has("ask", "count") for item in before)


def _chosen_from(reading: Reading, sets: list[CardSet]) -> bool:
    """``A10、L4、3090 哪张能跑``: one of several is asked for; three kinds in a row are a list."""
    if any(item.has("ask", "compare") and item.word[:1] == "哪" for item in reading.items):
        return True
    if any(found.count for found in sets) or {i.word for i in reading.items} & _OWNED:
        return False
    listed = rows(reading.items, lambda item: item.has("card"))
    return any(len({reading.items[i].get("card") for i in row}) > 2 for row in listed)


def _is_raised(reading: Reading, sets: list[CardSet]) -> bool:
    """Whether one set follows on the other in time: ``from 4×A100 to 8×A100``."""
    words = {item.word for item in reading.items[: sets[-1].index]}
    return bool(words & {"从", "from"} and words & {"到", "to"})
