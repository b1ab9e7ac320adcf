"""Lengths and amounts of tokens that no key names: ``at 8k, 32k and 128k``, ``on 1T tokens``."""

from __future__ import annotations

from bot.understanding.accepted import USUAL_LENGTHS, tokens_of, whole
from bot.understanding.batches import count_people, rate_of_steps, settle_batch_lengths
from bot.understanding.items import Item
from bot.understanding.lists import rows
from bot.understanding.reading import Reading
from bot.understanding.unequal import settle_unequal

_MOST_AT_ONCE = 100_000


def _is_free_length(item: Item) -> bool:
    return item.quantity is not None and item.quantity.scale == "k" and not item.used


def _first_of_row(reading: Reading, index: int) -> Item:
    """``2k, 4k and 8k tokens``: the first length of those that share a unit, or itself."""
    found = (row[0] for row in rows(reading.items, _is_free_length) if row[-1] == index)
    return reading.items[next(found, index)]


def _lengths_in_a_row(reading: Reading, first: Item) -> None:
    """``at 8k, 32k and 128k``: every length that stands in a row with the first one."""
    for row in rows(reading.items, _is_free_length):
        items = [reading.items[place] for place in row]
        if items[0] is first:
            for item in items:
                assert item.quantity is not None
                item.slots.add("seq")
                text = f"{item.text}k" if item.text.isdigit() else item.text
                said = (whole(tokens_of(item.quantity)), text)
                reading.said_values.setdefault("seq", []).append(said)


def bind_loose_lengths(reading: Reading) -> None:
    """Numbers of tokens that no key has taken: training tokens when huge, else a length."""
    settle_unequal(reading)
    settle_batch_lengths(reading)
    rate_of_steps(reading)
    count_people(reading)
    for index, item in list(reading.free("tokens")):
        if item.used:
            continue
        first = _first_of_row(reading, index)
        if first is not item:
            _lengths_in_a_row(reading, first)
            item = first
        quantity = item.quantity
        assert quantity is not None
        if quantity.value >= 2e7:
            reading.take(item, "total_tokens", quantity.value)
        else:
            reading.take(item, "seq", whole(tokens_of(quantity)))
    for _, item in list(reading.free("scaled")):
        quantity = item.quantity
        assert quantity is not None
        if quantity.scale == "k" and "seq" not in reading.facts:
            _lengths_in_a_row(reading, item)
            reading.take(item, "seq", whole(tokens_of(quantity)))
    for index, item in list(reading.free("number")):
        assert item.quantity is not None
        after = reading.at(index + 1)
        told = (
            after is not None and after.word in ("长", "long") and 16 <= item.quantity.value <= 1e7
        )
        if (told or item.quantity.value in USUAL_LENGTHS) and "seq" not in reading.facts:
            reading.take(item, "seq", int(item.quantity.value))
    for index, item in list(reading.free("examples")):
        assert item.quantity is not None
        before = reading.at(index - 1)
        each = item.quantity.value == 1 and before is not None and "seq" in before.slots
        if each and reading.says("ask", "max"):
            item.slots.add("seq")  # ``8k 一条，最多几条``: how long each is
            continue
        given = any(name in reading.facts for name in ("batch", "micro_batch", "global_batch"))
        if not given and item.quantity.value <= _MOST_AT_ONCE:
            reading.take(item, "batch", whole(item.quantity.value))
