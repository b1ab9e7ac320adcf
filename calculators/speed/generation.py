"""A whole answer: its decoding steps summed while the context grows with every token.

Step i of an answer reads the cache of the prompt and of i tokens. The cache grows along a line
until a sliding window is full, and along another one beyond, so the sum of the steps between two
such points is their number times the mean of the first and the last.
"""

from __future__ import annotations

from dataclasses import dataclass

from calculators.case import Case
from calculators.formula import Quantity, define
from calculators.memory.inference import InferenceEstimate
from calculators.peak_flops import fastest_flops
from calculators.quantities import size
from calculators.results import Source
from calculators.speed import flops
from calculators.speed.decoding import (
    DECODE_COMPUTE_TIME,
    ROOFLINE,
    STEP_TIME,
    Step,
    cache_at,
    exchange_s,
    longest,
    read_s,
    replica_of,
    touched_bytes,
)
from calculators.text import Text

SERIES = Source("Arithmetic series", "a sum along a line is its length times the mean of its ends")
STEPS = Quantity("n_d", Text("decoding steps", "解码步数"), "count", integer=True, minimum=1)
GENERATED = Quantity("g", Text("generated tokens", "生成的 token 数"), "tokens", integer=True)

MEAN_CACHE = define(
    "decode_mean_cache",
    title=Text(
        "Cache that a step reads, on average from the first step to the last",
        "每步读取的缓存：首步到末步的平均",
    ),
    result=size("M_kv", "KV cache, on average", "KV 缓存（平均）"),
    symbols=(
        size("M_first", "cache at the first step", "首步的缓存"),
        size("M_last", "cache at the last step", "末步的缓存"),
    ),
    expression=lambda first, last: (first + last) / 2,
    source=SERIES,
)
MEAN_CACHE_BROKEN = define(
    "decode_mean_cache_windowed",
    title=Text(
        "Cache that a step reads, on average before and after the windows are full",
        "每步读取的缓存：窗口填满前后的加权平均",
    ),
    result=MEAN_CACHE.result,
    symbols=(
        Quantity("n_1", Text("steps so far", "此前的步数"), "count"),
        size("M_1", "cache of these on average", "此前各步的平均缓存"),
        Quantity("n_2", Text("further steps", "其后的步数"), "count"),
        size("M_2", "cache of those on average", "其后各步的平均缓存"),
    ),
    expression=lambda n_1, m_1, n_2, m_2: (n_1 * m_1 + n_2 * m_2) / (n_1 + n_2),
    source=SERIES,
)
GENERATION_TIME = define(
    "generation_time",
    title=Text("Time of the whole answer", "整个回答的时间"),
    result=Quantity("t_all", Text("time of the answer", "回答总时间"), "s"),
    symbols=(
        Quantity("t_1", Text("time to the first token", "首 token 时间"), "s"),
        GENERATED,
        STEP_TIME,
    ),
    expression=lambda first, g, t: first + (g - 1) * t,
    source=ROOFLINE,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps whose cache grows along one line: the tokens cached at the first and at the last."""

    first: int
    last: int

    @property
    def steps(self) -> int:
        """How many steps these are."""
        return self.last - self.first + 1


def mean_step(case: Case, estimate: InferenceEstimate) -> Step:
    """Return the mean of the steps that give all but the first of ``new_tokens``.

    Each of the times is exact for its resource; the step takes the longest of the means, which
    is the least that the steps can take together.
    """
    batch, tokens = case.get("micro_batch"), case.get("seq")
    steps = max(1, case.get("new_tokens") - 1)
    whole = Stretch(max(1, tokens - steps), max(1, tokens - 1))
    replica = replica_of(case, estimate)
    in_flight = replica.in_flight(batch)
    cache = _mean_cache(case, whole)
    memory_s = read_s(case, replica, touched_bytes(case, estimate, -(-batch // in_flight)), cache)
    token = flops.forward_token(case.trail, case.architecture, whole.first, whole.last)
    compute_s = float(
        case.trail.run(
            DECODE_COMPUTE_TIME,
            B=batch,
            f=token,
            F_peak=fastest_flops(case),
            k=replica.tensor * in_flight,
        )
    )
    return longest(case, memory_s, compute_s, exchange_s(case, replica, 1))


def _mean_cache(case: Case, whole: Stretch) -> int:
    """Return the bytes of the cache that a step reads on average, noting how."""
    mean, steps = 0, 0
    for part in _stretches(case, whole):
        ends = (cache_at(case, case.silent, part.first), cache_at(case, case.silent, part.last))
        one = case.trail.bytes(MEAN_CACHE, M_first=ends[0], M_last=ends[1])
        if steps:
            values = {"n_1": steps, "M_1": mean, "n_2": part.steps, "M_2": one}
            one = case.trail.bytes(MEAN_CACHE_BROKEN, **values)
        mean, steps = one, steps + part.steps
    return mean


def _stretches(case: Case, whole: Stretch) -> list[Stretch]:
    """Part the steps where a window fills: up to it, and beyond."""
    windows = {layer.attention.window for layer, _ in case.architecture.groups}
    inside = sorted(w for w in windows if w is not None and whole.first <= w < whole.last)
    starts = [whole.first, *(window + 1 for window in inside)]
    ends = [*inside, whole.last]
    return [Stretch(first, last) for first, last in zip(starts, ends, strict=True)]
