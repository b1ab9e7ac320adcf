"""The reading of one message while it is made: items, facts and problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.understanding.items import Item
from bot.understanding.understood import Problem


@dataclass(frozen=True, slots=True)
class Name:
    """A name of letters and digits that no list has: ``items[start:end]`` spell ``text``."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Reading:
    """Items in order, the facts that they gave, and what is wrong with them."""

    items: list[Item]
    facts: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    said_values: dict[str, list[tuple[Any, str]]] = field(default_factory=dict)
    conflicts: tuple[Any, ...] | None = None
    open_keys: list[tuple[str, int]] = field(default_factory=list)
    configured: bool = False
    sets: list[Any] = field(default_factory=list)
    machined: str = ""
    words: set[str] = field(init=False)
    _quantities: list[tuple[int, Item]] = field(init=False)
    _said: dict[str, dict[str, list[int]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the items: their words, tags and quantities do not change after the scan."""
        said = self._said
        for index, item in enumerate(self.items):
            for slot, value in item.tags:
                said.setdefault(slot, {}).setdefault(value, []).append(index)
        self.words = {item.word for item in self.items}
        self._quantities = [pair for pair in enumerate(self.items) if pair[1].quantity is not None]

    def take(self, item: Item, slot: str, value: Any = None) -> None:
        """Mark ``item`` as understood for ``slot``; with a value, set the fact (the first wins)."""
        item.slots.add(slot)
        if value is not None:
            self.facts.setdefault(slot, value)

    def problem(self, code: str, text: str, choices: tuple[str, ...] = (), field: str = "") -> None:
        """Record a problem once."""
        found = Problem(code, text, choices, field or None)
        if found not in self.problems:
            self.problems.append(found)

    def at(self, index: int) -> Item | None:
        """Return the item at ``index``, None outside."""
        return self.items[index] if 0 <= index < len(self.items) else None

    def skip(self, index: int, step: int, over: frozenset[str], limit: int = 4) -> int:
        """From ``index`` go by ``step`` over items whose text is in ``over``."""
        for _ in range(limit):
            item = self.at(index)
            if item is None or item.quantity is not None or item.word not in over:
                break
            index += step
        return index

    def free(self, *kinds: str) -> Iterator[tuple[int, Item]]:
        """Quantities of ``kinds`` that nothing has taken yet."""
        for index, item in self._quantities:
            if item.quantity is not None and item.quantity.kind in kinds and not item.slots:
                yield index, item

    def tagged(self, slot: str, value: str | None = None) -> list[int]:
        """Return the indices of the items with a tag."""
        found = self._said.get(slot)
        if found is None:
            return []
        if value is not None:
            return found.get(value, [])
        if len(found) == 1:
            return next(iter(found.values()))
        return sorted({index for indices in found.values() for index in indices})

    def tagged_any(self, slots: Iterable[str]) -> list[int]:
        """Return the indices of the items with a tag of any of ``slots``."""
        said = [found for slot in slots if (found := self._said.get(slot)) is not None]
        return sorted({index for found in said for places in found.values() for index in places})

    def slotted(self, slot: str) -> list[int]:
        """Return the indices of the quantities that ``slot`` has taken."""
        return [i for i, item in self._quantities if slot in item.slots]

    def holds(self, *kinds: str) -> bool:
        """Whether there is a quantity of one of ``kinds``, taken or not."""
        return any(item.is_kind(*kinds) for _, item in self._quantities)

    def quantities(self) -> list[tuple[int, Item]]:
        """Return the quantities, each with its index."""
        return self._quantities

    def values(self, slot: str) -> int:
        """Return how many different values of ``slot`` are said."""
        return len(self._said.get(slot, ()))

    def says(self, slot: str, *values: str) -> bool:
        """Whether some item has one of the values of ``slot`` (any value when none is given)."""
        found = self._said.get(slot)
        if found is None or not values:
            return found is not None
        return not found.keys().isdisjoint(values)
