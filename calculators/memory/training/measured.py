"""How far the estimate was from replayed steps of the same kind, to say beside an answer."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from calculators.kept import Kept
from calculators.memory.training.plan import FULLY_SHARDED, SHARDED_STAGE, Plan
from calculators.text import Text

KIND = ("layout", "method", "recompute", "sharding", "precision", "optimizer")
"""Steps that agree in all of these are of one kind."""

ANY = "any"
"""What a kind says of a property that it does not tell apart."""

SEVERAL = "several"
"""A step that is spread in several ways at once."""

REPLAYED_AT_ONCE = (("tensor", "pipeline"), ("pipeline", "copies"))
"""Ways that were replayed together, beside tensor parallelism under FSDP2."""

FEWEST = 5
"""A kind with fewer replayed steps than this says nothing."""

NOT_MEASURED = Text(
    "The error of this estimate was not measured for this kind of step.",
    "这类训练步的估算误差尚未实测。",
)


@dataclass(frozen=True)
class MeasuredError:
    """Errors of the peak on held-out steps of one kind, in per cent; no cases: not measured."""

    cases: int
    median: float
    p90: float
    worst: float

    @Kept
    def text(self) -> Text:
        """Return the sentence for an answer."""
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
    if plan.code != "transformers" or plan.recompute == "selective":
        return UNMEASURED
    if plan.precision in ("bf16", "fp16") and plan.widths.gradient > plan.widths.weight:
        return UNMEASURED
    layouts = [name for name, applies in _layouts(plan) if applies]
    if layouts:
        return _spread(plan, layouts)
    sharding = plan.sharding if SHARDED_STAGE[plan.sharding] and plan.shards > 1 else "none"
    precision = plan.precision
    if plan.lora is not None and not plan.lora.modules_to_save and sharding == "none":
        precision = precision.removeprefix("mixed_")  # adapters alone train, and have no master
    kind = ("data", plan.method, plan.recompute, sharding, precision, plan.optimizer)
    return _kinds().get(kind, UNMEASURED)


def _layouts(plan: Plan) -> tuple[tuple[str, bool], ...]:
    """Return the ways of spreading a step that were replayed one at a time."""
    chunks = plan.virtual_pp > 1
    return (
        ("tensor", plan.tp > 1),
        ("interleaved", plan.pp > 1 and chunks),
        ("pipeline", plan.pp > 1 and not chunks),
        ("context", plan.cp > 1),
        ("experts", plan.ep > 1),
        ("zero-offload", plan.offload == "optimizer" and plan.stage > 0),
        ("host", plan.offload != "none"),
        ("copies", plan.replicated),
        (plan.sharding, plan.stage in (1, 2)),
        ("zero3", plan.stage == 3 and plan.sharding not in FULLY_SHARDED),
    )


def _spread(plan: Plan, layouts: list[str]) -> MeasuredError:
    """Return the errors of a way of spreading, or of several at once that were replayed so."""
    layout = layouts[0]
    known = len(layouts) == 1 and plan.method == "full"
    sharded = layouts == ["tensor"] and plan.stage > 0
    if plan.method == "full" and (tuple(layouts) in REPLAYED_AT_ONCE or sharded):
        return _kinds().get((SEVERAL, "full", ANY, ANY, ANY, plan.optimizer), UNMEASURED)
    if layout in ("zero1", "zero2"):
        known = known and (plan.reduces_in_buckets or plan.adds_to_wide_part)
    elif layout == "zero3":
        known = known and plan.by_deepspeed
    elif layout == "host":
        known = known and plan.offload == "parameters" and plan.sharding == "fsdp2"
    elif layout == "zero-offload":
        known = plan.method == "full" and (plan.offloads_optimizer or plan.by_deepspeed)
    elif layout not in ("context", "experts", "copies"):
        known = known and plan.dp == 1
    else:
        known = known and not plan.widths.master
        known = known and (not plan.stage or plan.sharding == "fsdp2")
    if not known:
        return UNMEASURED
    return _kinds().get((layout, "full", ANY, ANY, ANY, plan.optimizer), UNMEASURED)
