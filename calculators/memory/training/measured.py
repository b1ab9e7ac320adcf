"""How far the estimate was from measured steps, by group, to say beside an answer."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from calculators.text import Text


@dataclass(frozen=True, slots=True)
class MeasuredError:
    """Errors of the peak on held-out steps of one group, in per cent."""

    method: str
    recompute: str
    sharding: str
    cases: int
    median: float
    p90: float
    worst: float

    @property
    def text(self) -> Text:
        """The sentence for an answer."""
        return Text(
            f"Measured error of this estimate on {self.cases} real steps of this kind: median "
            f"{self.median:.1f} %, 9 in 10 within {self.p90:.1f} %, worst {self.worst:.1f} %.",
            f"该估算在 {self.cases} 个同类真实训练步上的实测误差：中位数 {self.median:.1f}%，"
            f"90% 的情况在 {self.p90:.1f}% 以内，最大 {self.worst:.1f}%。",
        )


FEWEST = 5
"""A group smaller than this says nothing; the whole set stands in."""


@lru_cache(maxsize=1)
def _groups() -> dict[tuple[str, str, str], MeasuredError]:
    file = resources.files("calculators") / "data" / "accuracy.toml"
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["group"]
    errors = [MeasuredError(**row) for row in rows]
    return {(e.method, e.recompute, e.sharding): e for e in errors}


def measured_error(method: str, recompute: str, sharding: str) -> MeasuredError:
    """Return the errors of the group, or of all steps where the group is small or unmeasured."""
    found = _groups().get((method, recompute, sharding))
    if found is not None and found.cases >= FEWEST:
        return found
    return _groups()[("all", "all", "all")]
