"""What stands next to an operator in its own clause: the ``batch`` of ``8k, half the batch``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.understanding.items import Item
from bot.understanding.reading import Reading

CLAUSE_ENDS = frozenset([",", ";", ".", "。", "、", "?", "!", ":", "and", "but", "then", "with",
                         "并且", "而且", "同时", "和", "然后", "但", "但是"])  # fmt: skip
_REACH = 5


def named_beside(
    reading: Reading, place: int, name_of: Callable[[Item], str | None]
) -> Iterator[str]:
    """Yield what is named behind and before ``place``, nearest first; a number ends the clause."""
    found = []
    for step in (1, -1):
        for away in range(1, _REACH + 1):
            item = reading.at(place + step * away)
            if item is None or item.quantity is not None or item.word in CLAUSE_ENDS:
                break
            name = name_of(item)
            if name is not None:
                found.append((away, name))
                break
    yield from (name for _, name in sorted(found, key=lambda pair: pair[0]))
