"""Several things weighed at once: pairs (``7b fp16 or 13b int4``), or each with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from bot.understanding.conflicts import Conflict
from bot.understanding.reading import Reading
from bot.understanding.sets import other_sets, weighed_sets

Facts = Mapping[str, Any]
_TAGS = {"dtype": "format", "optimizer": "optimizer", "method": "method", "sharding": "sharding",
         "model": "model"}  # fmt: skip
_MOST = 9


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that is weighed: how each value is shown, what it makes of the facts, where it is.

    ``places`` are in the order of the values, empty where they cannot be told apart; ``settled``
    is the value that the facts hold, -1 where they hold none of them.
    """

    field: str
    texts: tuple[str, ...]
    changes: tuple[Callable[[Facts], dict[str, Any]], ...]
    places: tuple[int, ...]
    settled: int


def axis_of(conflict: Conflict, form: str, reading: Reading, facts: Facts) -> Axis:
    """Return the axis of a setting."""
    value = facts.get(conflict.field)
    return Axis(
        conflict.field,
        tuple(form.format(text) for text in conflict.texts),
        tuple(_changing(conflict.field, value) for value in conflict.values),
        _places(conflict, reading),
        conflict.values.index(value) if value in conflict.values else -1,
    )


def axis_of_sets(reading: Reading, facts: Facts) -> Axis | None:
    """Return the axis of the sets of cards that are weighed, None where there are none."""
    sets = weighed_sets(reading)
    others = list(other_sets(reading, facts))
    if not others:
        return None
    names = {"gpu", "gpu_memory_bytes", "gpu_count", "nodes"}
    changes = [lambda before: dict(before), *(_onto(other, names) for _, other in others)]
    texts = (sets[0].text, *(text for text, _ in others))
    return Axis("gpu", texts, tuple(changes), tuple(found.index for found in sets), 0)


def combined(axes: Sequence[Axis], facts: Facts) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield field, text and facts of each other combination that is weighed.

    Values that stand together pair by pair are pairs. Else each goes with each, unless those are
    too many to show: then one thing at a time differs from what the facts hold.
    """
    settled = tuple(axis.settled for axis in axes)
    for choice in _choices(axes, settled):
        if choice == settled:
            continue
        changed = dict(facts)
        fields = []
        for axis, place, kept in zip(axes, choice, settled, strict=True):
            changed = axis.changes[place](changed) if place >= 0 else changed
            fields += [axis.field] if place != kept else []
        chosen = zip(axes, choice, strict=True)
        text = ", ".join(axis.texts[place] for axis, place in chosen if place >= 0)
        yield "gpu" if "gpu" in fields else fields[0], text, changed


def _choices(axes: Sequence[Axis], settled: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(axes) > 1 and are_pairs(axes):
        in_order = [sorted(range(len(a.places)), key=a.places.__getitem__) for a in axes]
        if settled in (pairs := list(zip(*in_order, strict=True))):
            yield from pairs
            return
    ranges = [range(len(axis.texts)) for axis in axes]
    every = list(product(*ranges))
    if len(every) <= _MOST:
        yield from every
        return
    for number, axis in enumerate(axes):
        for k in range(len(axis.texts)):
            yield (*settled[:number], k, *settled[number + 1 :])


def are_pairs(axes: Sequence[Axis]) -> bool:
    """Whether the first values of all stand before the second ones, and so on."""
    if len({len(axis.texts) for axis in axes}) != 1 or not all(axis.places for axis in axes):
        return False
    ordered = [sorted(axis.places) for axis in axes]
    steps = list(zip(*ordered, strict=True))
    return all(max(low) < min(high) for low, high in pairwise(steps))


def _changing(field: str, value: Any) -> Callable[[Facts], dict[str, Any]]:
    other = {"model": "params", "params": "model"}.get(field)

    def change(facts: Facts) -> dict[str, Any]:
        return {name: said for name, said in facts.items() if name != other} | {field: value}

    return change


def _onto(facts: Facts, names: set[str]) -> Callable[[Facts], dict[str, Any]]:
    own = {name: facts[name] for name in names if name in facts}

    def change(before: Facts) -> dict[str, Any]:
        return {name: said for name, said in before.items() if name not in names} | own

    return change


def _places(conflict: Conflict, reading: Reading) -> tuple[int, ...]:
    """Return where each value stands first, in the order of the values; empty where unclear."""
    tag = _TAGS.get(conflict.field)
    found: dict[Any, int] = {}
    value: Any
    for index, item in enumerate(reading.items):
        if tag is not None:
            value = item.get(tag)
        elif item.quantity is None or conflict.field not in item.slots:
            continue
        else:
            value = item.quantity.value
            for said, text in zip(conflict.values, conflict.texts, strict=True):
                value = said if text == item.text else value
        if value in conflict.values:
            found.setdefault(value, index)
    if set(found) != set(conflict.values):
        return ()
    return tuple(found[value] for value in conflict.values)
