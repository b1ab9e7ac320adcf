"""How far the estimate was from replayed steps of the same kind, to say beside an answer."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from calculators.memory.training.plan import FULLY_SHARDED, SHARDED_STAGE, Plan
from calculators.text import Text

KIND = ("layout", "method", "recompute", "sharding", "precision", "optimizer")
"""Steps that agree in all of these are of one kind."""

ANY = "any"
"""What a kind says of a property that it does not tell apart."""

FEWEST = 5
"""A kind with fewer replayed steps than this says nothing."""

NOT_MEASURED = Text(
    "The error of this estimate was not measured for this kind of step.",
    "这类训练步的估算误差尚未实测。",
)


@dataclass(frozen=True, slots=True)
class MeasuredError:
    """Errors of the peak on held-out steps of one kind, in per cent; no cases: not measured."""

    cases: int
    median: float
    p90: float
    worst: float

    @property
    def text(self) -> Text:
        """The sentence for an answer."""
        if not self.cases:
            return NOT_MEASURED
        return Text(
            f"Measured error of this estimate on {self.cases} training steps of this kind, "
            "replayed without a GPU by the real code on fake tensors: median "
            f"{self.median:.1f} %, 9 in 10 within {self.p90:.1f} %, worst {self.worst:.1f} %.",
            f"该估算在 {self.cases} 个同类训练步上的误差（由真实代码在 fake tensor 上重放，"
            f"未用 GPU）：中位数 {self.median:.1f}%，"
            f"90% 的情况在 {self.p90:.1f}% 以内，最大 {self.worst:.1f}%。",
        )


@lru_cache(maxsize=1)
def _kinds() -> dict[tuple[str, ...], MeasuredError]:
    file = resources.files("calculators") / "data" / "accuracy.toml"
    rows: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["kind"]
    return {
        tuple(row.pop(name) for name in KIND): MeasuredError(**row)
        for row in rows
        if row["cases"] >= FEWEST
    }


UNMEASURED = MeasuredError(0, 0.0, 0.0, 0.0)


def measured_error(plan: Plan) -> MeasuredError:
    """Return the errors of the plan's kind of step; without cases where too few were replayed."""
    if plan.code != "transformers" or plan.offload != "none":
        return UNMEASURED
    if max(plan.cp, plan.ep) > 1 or plan.recompute == "selective":
        return UNMEASURED
    if plan.shards > 1 and plan.sharding not in FULLY_SHARDED:
        return UNMEASURED
    if plan.precision in ("bf16", "fp16") and plan.widths.gradient > plan.widths.weight:
        return UNMEASURED
    sharding = plan.sharding if SHARDED_STAGE[plan.sharding] and plan.shards > 1 else "none"
    precision = plan.precision
    if plan.lora is not None and not plan.lora.modules_to_save and sharding == "none":
        precision = precision.removeprefix("mixed_")  # adapters alone train, and have no master
    kind = ("data", plan.method, plan.recompute, sharding, precision, plan.optimizer)
    return _kinds().get(kind, UNMEASURED) if plan.tp == plan.pp == 1 else _split(plan)


def _split(plan: Plan) -> MeasuredError:
    """Return the errors of tensor or pipeline parallelism; steps of both were not replayed."""
    alone = plan.tp == 1 or plan.pp == 1
    if not alone or plan.dp > 1 or plan.method != "full" or plan.virtual_pp > 1:
        return UNMEASURED
    layout = "tensor" if plan.tp > 1 else "pipeline"
    return _kinds().get((layout, "full", ANY, "none", ANY, plan.optimizer), UNMEASURED)
