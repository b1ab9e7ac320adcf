"""Text in columns for a terminal, where a wide character takes two places."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence


def width(text: str) -> int:
    """Return the columns a terminal needs for ``text``; a wide character takes two."""
    if text.isascii():
        return len(text)
    return len(text) + sum([unicodedata.east_asian_width(char) in "WF" for char in text])


def in_columns(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> Iterator[str]:
    """Yield each row as a line, its cells in columns; those in ``right`` stand flush right."""
    widest = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for place, (cell, most) in enumerate(zip(row, widest, strict=True)):
            space = " " * (most - width(cell))
            cells.append(space + cell if place in right else cell + space)
        yield "  ".join(cells).rstrip()
