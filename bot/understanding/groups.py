"""The group of a quantised format: ``GPTQ 4bit g128``, ``int4 group size 64``, ``分组 128``."""

from __future__ import annotations

from functools import cache

from bot.understanding.reading import Reading

_NAMES = frozenset(["g", "group", "groups", "groupsize", "gs", "组", "组大小"])
_BETWEEN = frozenset(["size", "_", "-", "=", ":", "of", "is", "为", "大小"])
_FEWEST, _MOST = 16, 1024


def bind_groups(reading: Reading) -> None:
    """Take a group size beside a grouped format; one that no format has is asked back."""
    said = reading.facts.get("dtype")
    if not isinstance(said, str):
        return
    width = said.partition("-")[0]
    known = _grouped(width)
    if not known:
        return
    for index, item in enumerate(reading.items):
        if item.word not in _NAMES or item.slots - {"name"}:
            continue
        place = reading.skip(index + 1, 1, _BETWEEN)
        number = reading.at(place)
        if number is None or not number.is_kind("number") or number.slots - {"name"}:
            continue
        size = number.quantity.value if number.quantity is not None else 0
        if not _FEWEST <= size <= _MOST:
            continue
        for part in reading.items[index : place + 1]:
            part.slots.add("dtype")
        reading.names = [name for name in reading.names if name.start != index]
        found = f"{width}-g{size:g}"
        if found in known:
            reading.facts["dtype"] = found
        else:
            reading.problem("unknown_format", f"{said} {item.text}{number.text}", known, "dtype")
        return


@cache
def _grouped(width: str) -> tuple[str, ...]:
    """Return the grouped formats of a width, by their names."""
    from calculators.registry import formats

    return tuple(one.id for one in formats() if one.id.startswith(f"{width}-g"))
