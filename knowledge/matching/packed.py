"""A stored view of messages, scored with whole numbers: all classes of a feature in one addition.

The weights of a feature, signed bytes, stand side by side in one long number, a lane of 64 bits
each, 128 added so that none is below zero, and all times the feature's inverse document frequency
in thousandths. Of the features that a message has once, these numbers are only added up; one that
occurs more often counts in steps of 2**-28. A lane has room for 2**14 features of 8 bits of weight
and 14 of frequency; a message with more is scored in floats.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from knowledge.matching.views import View

MOST_FEATURES = 1 << 14
STEP_BITS = 28
STEPS = 1 << STEP_BITS
THOUSANDTHS = 1_000
LANE_BYTES = 8
LIFT = 128
_LIFTED = bytes((value + LIFT) % 256 for value in range(256))


class ByteRows(Sequence[Sequence[float]]):
    """Rows of a flat array of signed bytes, cut when they are looked at: most never are."""

    def __init__(self, weights: memoryview, width: int) -> None:
        self._weights = weights
        self.width = width

    def __len__(self) -> int:
        return len(self._weights) // self.width

    def __iter__(self) -> Iterator[memoryview]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: Any) -> Any:
        return self._weights[row * self.width : (row + 1) * self.width]


@dataclass(slots=True)
class StoredView(View):
    """A view as it is packed: ``idf`` of whole thousandths below 16, ``rows`` of signed bytes.

    Scores differ from the sums of floats by 1e-9 of their size or less. A feature's row becomes a
    number when a message first has it.
    """

    rows: ByteRows
    _sums: struct.Struct = field(init=False)
    _kept: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Leave room for two lanes more: the sums of the frequencies, and of their squares."""
        self._sums = struct.Struct(f"<{self.rows.width + 3}Q")
        self._kept = [0] * len(self.rows)

    def scores(self, document: Sequence[str]) -> list[float]:
        """Return the linear score of every class for the features of a message."""
        if len(document) > MOST_FEATURES:
            return View.scores(self, document)
        counts: dict[Any, int] = Counter(map(self.vocabulary.numbers.get, document))
        counts.pop(None, None)
        kept, lanes = self._kept, self._lanes
        once = [kept[number] or lanes(number) for number, n in counts.items() if n == 1]
        total = sum(once) << STEP_BITS
        extra = 0.0
        if len(once) < len(counts):
            idf = self.vocabulary.idf
            for number, count in counts.items():
                if count > 1:
                    steps, more = _times(count)
                    total += (kept[number] or lanes(number)) * steps
                    extra += idf[number] ** 2 * more
        *sums, frequencies, low, high = self._sums.unpack(total.to_bytes(self._sums.size, "little"))
        square = (low + (high << 8 * LANE_BYTES)) / (STEPS * THOUSANDTHS**2) + extra
        unit = STEPS * THOUSANDTHS * (math.sqrt(square) or 1.0)
        lifted, scale = LIFT * frequencies, self.softmax.scale
        return [
            (start + (lane - lifted) / unit) * scale
            for start, lane in zip(self.softmax.bias, sums, strict=True)
        ]

    def _lanes(self, number: int) -> int:
        """Return a feature as one number, a lane for each class and the two more; it is kept."""
        idf = round(self.vocabulary.idf[number] * THOUSANDTHS)
        spread = bytearray((self.rows.width + 2) * LANE_BYTES)
        spread[: -2 * LANE_BYTES : LANE_BYTES] = bytes(self.rows[number]).translate(_LIFTED)
        spread[-2 * LANE_BYTES] = 1
        spread[-LANE_BYTES:] = idf.to_bytes(LANE_BYTES, "little")
        found = self._kept[number] = int.from_bytes(spread, "little") * idf
        return found


@cache
def _times(count: int) -> tuple[int, float]:
    """Return by how much ``count`` occurrences weigh, in steps, and what the square lacks."""
    steps = round((1 + math.log(count)) * STEPS)
    weight = steps / STEPS
    return steps, weight * weight - weight
