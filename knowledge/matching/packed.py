"""A stored view of messages, scored with whole numbers: all classes of a feature in one addition.

The weights of a feature, signed bytes, stand side by side in one long number, a lane of 64 bits
each, 128 added so that none is below zero, and all times the feature's inverse document frequency
in thousandths. These numbers are only added up, and kept as a sum for each piece that messages have
again and again; what a feature weighs less than so often, because its weight grows with the
logarithm of the times that it occurs, is taken off in steps of 2**-28. A lane has room for 2**14
features of 8 bits of weight and 14 of frequency; a message with more is scored in floats.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import chain
from typing import Any, NamedTuple

from knowledge.matching.features import KEPT, MAX_PIECES, PARTED, SHORT
from knowledge.matching.softmax import probabilities
from knowledge.matching.views import View
from knowledge.text import Reading

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


class _Piece(NamedTuple):
    """The known features of a piece of a message, and the sum of their lanes."""

    numbers: Sequence[int]
    lanes: int


@dataclass(slots=True)
class StoredView(View):
    """A view as it is packed: ``idf`` of whole thousandths below 16, ``rows`` of signed bytes.

    Scores differ from the sums of floats by 1e-9 of their size or less. A feature's row becomes a
    number when a message first has it.
    """

    rows: ByteRows
    _sums: struct.Struct = field(init=False)
    _kept: list[int] = field(init=False)
    _kept_piece: Callable[[str], _Piece] = field(init=False)

    def __post_init__(self) -> None:
        """Leave room for two lanes more: the sums of the frequencies, and of their squares."""
        self._sums = struct.Struct(f"<{self.rows.width + 3}Q")
        self._kept = [0] * len(self.rows)
        self._kept_piece = lru_cache(KEPT)(self._piece)

    def chances(self, reading: Reading) -> list[float]:
        """Return the probability of every class."""
        of_all = PARTED[self.name].of_all(reading)
        return probabilities(self.scores(of_all, reading.pieces[:MAX_PIECES]))

    def scores(self, document: Sequence[str], pieces: Sequence[str] = ()) -> list[float]:
        """Return the linear score of every class for the features of a message.

        ``document`` are its features but for those that each of its ``pieces`` has by itself.
        """
        parts = [self._kept_piece(p) if len(p) <= SHORT else self._piece(p) for p in pieces]
        if len(document) + sum([len(part.numbers) for part in parts]) > MOST_FEATURES:
            of_piece = PARTED[self.name].of_piece
            return View.scores(self, [*document, *(f for piece in pieces for f in of_piece(piece))])
        others = self._known(document)
        total = (sum([part.lanes for part in parts]) + self._sum(others)) << STEP_BITS
        counts = Counter(chain(others, *[part.numbers for part in parts]))
        extra = 0.0
        for number, count in counts.items():
            if count > 1:
                steps, more = _times(count)
                total += self._kept[number] * (steps - count * STEPS)
                extra += self.vocabulary.idf[number] ** 2 * more
        *sums, frequencies, low, high = self._sums.unpack(total.to_bytes(self._sums.size, "little"))
        square = (low + (high << 8 * LANE_BYTES)) / (STEPS * THOUSANDTHS**2) + extra
        unit = STEPS * THOUSANDTHS * (math.sqrt(square) or 1.0)
        lifted, scale = LIFT * frequencies, self.softmax.scale
        return [
            (start + (lane - lifted) / unit) * scale
            for start, lane in zip(self.softmax.bias, sums, strict=True)
        ]

    def _piece(self, piece: str) -> _Piece:
        numbers = self._known(PARTED[self.name].of_piece(piece))
        return _Piece(numbers, self._sum(numbers))

    def _known(self, document: Iterable[str]) -> list[int]:
        """Return the numbers of the features that were seen in training."""
        return [n for n in map(self.vocabulary.numbers.get, document) if n is not None]

    def _sum(self, numbers: Sequence[int]) -> int:
        """Return the sum of all lanes of the features, each as often as it occurs."""
        kept, lanes = self._kept, self._lanes
        return sum([kept[number] or lanes(number) for number in numbers])

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
