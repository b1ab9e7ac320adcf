"""All that a replay saw, and what lies between two replays that differ in one number alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calculators.memory.training.tape import Size


@dataclass(frozen=True, slots=True)
class Trace:
    """The live sizes of a replay in their order, before those that can be the largest are picked.

    ``parted`` is what was live when the last gradient of experts that are a group of their own
    came, ``after`` what was from then on; None and nothing where they are none.
    """

    saved: Size
    forward: tuple[Size, ...]
    backward: tuple[Size, ...]
    gradients: Size
    cached: float = 0.0
    parted: Size | None = None
    after: tuple[Size, ...] = ()


def on_the_line(traces: Mapping[int, Trace], rank: int) -> Trace | None:
    """Return the trace of a rank of adapters by those of two others; None without two.

    Every size of a replay is a number plus another one times the rank.
    """
    if len(traces) < 2:
        return None
    (one, first), (two, second) = list(traces.items())[:2]

    def number(a: float, b: float) -> float:
        return a + (b - a) * (rank - one) / (two - one)

    def size(a: Size, b: Size) -> Size:
        return number(a[0], b[0]), number(a[1], b[1]), number(a[2], b[2]), number(a[3], b[3])

    def sizes(a: tuple[Size, ...], b: tuple[Size, ...]) -> tuple[Size, ...]:
        return tuple([size(*pair) for pair in zip(a, b, strict=True)])

    parted = None
    if first.parted is not None and second.parted is not None:
        parted = size(first.parted, second.parted)
    return Trace(
        size(first.saved, second.saved),
        sizes(first.forward, second.forward),
        sizes(first.backward, second.backward),
        size(first.gradients, second.gradients),
        number(first.cached, second.cached),
        parted,
        sizes(first.after, second.after),
    )
