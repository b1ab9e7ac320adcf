"""``20-30 users``, ``20到30个用户``: between two numbers served at once one has to be chosen."""

from __future__ import annotations

from bot.understanding.reading import Reading

_UP_TO = frozenset(["to", "-", "~", "–", "—", "到", "至", "or", "或", "或者", "还是"])
_SERVED = frozenset({"batch", "micro_batch", "global_batch"})
_CLASSIFIERS = frozenset(["个", "位", "名", "路", "条"])


def either_batch(reading: Reading) -> None:
    """Ask back for a range of users, requests or sequences, of which one end was taken."""
    items = reading.items
    for index, item in enumerate(items[:-2]):
        place = index + 1
        if items[place].word in _CLASSIFIERS:
            place += 1
        joint, other = items[place], reading.at(place + 1)
        if other is None or joint.word not in _UP_TO or not item.is_kind("number"):
            continue
        first, second = item.quantity, other.quantity
        if first is None or second is None or not _counts_served(reading, place + 1):
            continue
        low, high = first.value, second.value
        if item.slots - _SERVED or not 1 <= low < high or low % 1 or high % 1:
            continue
        if _SERVED.isdisjoint(other.slots) or reading.says("weighing"):
            continue
        item.slots.add("batch")
        joint.slots.add("batch")
        for name in _SERVED:
            reading.facts.pop(name, None)  # nothing is kept of it until one of them is chosen
        said = "".join(
            f" {one.text}" if number and one.gap else one.text
            for number, one in enumerate(items[index : place + 2])
        )
        choices = (f"batch {low:g}", f"batch {high:g}")
        reading.problem("ambiguous", said, choices, "batch")


def _counts_served(reading: Reading, index: int) -> bool:
    """Whether what stands behind the number names who is served."""
    after = reading.at(index + 1)
    return after is not None and after.has("key", "sequences")
