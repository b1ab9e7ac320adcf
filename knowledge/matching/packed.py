"""A stored softmax, scored with whole numbers: all classes of a feature in one multiplication.

The weights of a feature, signed bytes, stand side by side in one long number, a lane of 64 bits
each, 128 added so that none is below zero. A message's score is the sum of these numbers, each
times the feature's value in steps of 2**-40. The values of a unit vector of n features sum to
sqrt(n) at the most, so that a lane has room for 2**32 features of eight bits.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any

from knowledge.matching.softmax import Softmax, Vector

STEPS = 1 << 40
LANE_BYTES = 8
LIFT = 128
_LIFTED = bytes((value + LIFT) % 256 for value in range(256))


class ByteRows(Sequence[Sequence[float]]):
    """Rows of a flat array of signed bytes, cut when they are looked at: most never are.

    ``kept`` are the rows that ``lanes`` has made into numbers.
    """

    def __init__(self, weights: memoryview, width: int) -> None:
        self._weights = weights
        self._width = width
        self.kept: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._weights) // self._width

    def __iter__(self) -> Iterator[memoryview]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: Any) -> Any:
        return self._weights[row * self._width : (row + 1) * self._width]

    def lanes(self, row: int) -> int:
        """Return a row as one number, a lane for each class; it is kept."""
        found = self.kept.get(row)
        if found is None:
            spread = bytearray(self._width * LANE_BYTES)
            spread[::LANE_BYTES] = bytes(self[row]).translate(_LIFTED)
            found = self.kept[row] = int.from_bytes(spread, "little")
        return found


@dataclass(slots=True)
class StoredSoftmax(Softmax):
    """A softmax whose rows are ``ByteRows``; scores differ from the sums of floats by 1e-10."""

    rows: ByteRows

    def scores(self, vector: Vector) -> list[float]:
        """Return the linear score of every class; the values of ``vector`` are not negative."""
        lanes, kept = self.rows.lanes, self.rows.kept
        steps = [int(value * STEPS) for _, value in vector]
        rows = [kept.get(number) or lanes(number) for number, _ in vector]
        total = sum(map(mul, steps, rows))
        width, lifted = len(self.classes), LIFT * sum(steps)
        sums = struct.unpack(f"<{width}Q", total.to_bytes(width * LANE_BYTES, "little"))
        return [
            (start + (lane - lifted) / STEPS) * self.scale
            for start, lane in zip(self.bias, sums, strict=True)
        ]
