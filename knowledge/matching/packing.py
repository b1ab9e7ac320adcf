"""Numbers and texts as one compressed file: a JSON head, then sections that are read as they lie.

JSON of as many numbers takes longer to read than a question takes to answer. The bytes are
little-endian, the same on every machine.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

_SIZES = "sections"


def pack(head: Mapping[str, Any], sections: Sequence[bytes]) -> bytes:
    """Return ``head`` and ``sections`` as one file; the same always gives the same bytes."""
    sized = {**head, _SIZES: [len(section) for section in sections]}
    text = json.dumps(sized, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(b"\n".join((text.encode("utf-8"), b"".join(sections))), 9)


def unpack(data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    """Return the head and the sections; raises ``ValueError`` or ``zlib.error`` on other files."""
    raw = zlib.decompress(data)
    start = raw.index(b"\n") + 1
    head: dict[str, Any] = json.loads(raw[:start])
    body = memoryview(raw)[start:]
    ends = pairwise(accumulate(head.pop(_SIZES), initial=0))
    return head, [body[begin:end] for begin, end in ends]


def numbers_to_bytes(numbers: array[Any]) -> bytes:
    """Return an array's items as little-endian bytes."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def numbers_from_bytes(kind: str, section: memoryview) -> array[Any]:
    """Return the array of type code ``kind`` that a section holds."""
    numbers: array[Any] = array(kind)
    numbers.frombytes(section)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def words_to_bytes(words: Sequence[str]) -> bytes:
    """Return words, none of which holds a line break, as bytes."""
    return "".join(f"{word}\n" for word in words).encode("utf-8")


def words_from_bytes(section: memoryview) -> list[str]:
    """Return the words that a section holds."""
    return str(section, "utf-8").split("\n")[:-1]
