"""What DeepSpeed's ZeRO-1 and ZeRO-2 add to a step: the reduction's bucket, and copies.

A rank copies its own part of the gradients for the optimizer's step
(deepspeed/runtime/zero/stage_1_and_2.py). The bucket holds as many elements as the square of the
hidden size, which is what transformers fills in for "auto"; a larger tensor is reduced in a copy
of its own.
"""

from __future__ import annotations

from calculators.architecture import Architecture
from calculators.memory.training.moments import Peak
from calculators.memory.training.plan import Plan
from calculators.memory.training.states import Counts, States

FLAT_AND_FP32 = 2 + 4
"""Bytes for each of a rank's gradients in the step: laid out flat, then in fp32."""

NORM = 8
"""Bytes for each gradient of a tensor while its norm is taken in fp64."""


def bucket_bytes(model: Architecture, plan: Plan) -> float:
    """Return the bytes of the reduction bucket."""
    return float(model.hidden**2 * plan.widths.gradient)


def _own(plan: Plan, counts: Counts) -> tuple[float, float, float]:
    """Return the elements of a rank's part, those of its largest tensor, and those it keeps alive.

    A rank's part of a tensor keeps the whole of its gradient.
    """
    part = counts.trained / plan.shards
    return part, min(part, counts.largest), max(part, counts.largest)


def reduced_in_buckets(
    plan: Plan, held: tuple[Counts, States], bucket: float, peaks: tuple[Peak, Peak]
) -> tuple[Peak, Peak]:
    """Raise the peaks to what is live when the last gradients, the embedding's, are reduced."""
    counts, kept = held
    loss, backward = peaks
    if plan.accumulation > 1:  # of the micro-step before; ZeRO-1 has not reduced them yet
        there = kept.gradients
        if plan.stage == 2:
            there = _own(plan, counts)[2] * plan.widths.gradient
        at_loss = there + (bucket if plan.stage == 1 else 0.0)
        loss.raise_to(loss.bytes + at_loss, **_more(loss, at_loss))
        backward.raise_to(backward.bytes + there, **_more(backward, there))
    largest = counts.largest * plan.widths.gradient
    arriving = 0.0 if plan.stage == 1 else largest
    copies = max(_own(plan, counts)[0] * plan.widths.gradient if plan.stage == 1 else 0.0, largest)
    live = kept.gradients + arriving + copies + bucket
    if live > backward.bytes:
        backward.raise_to(live, gradients=kept.gradients + arriving, reduce=copies + bucket)
    return loss, backward


def _more(peak: Peak, gradients: float) -> dict[str, float]:
    return {**peak.parts, "gradients": peak.parts.get("gradients", 0.0) + gradients}


def update_in_buckets(plan: Plan, held: tuple[Counts, States], bucket: float, peak: Peak) -> None:
    """Raise ``peak`` to what the step needs: the norm first, then the flat and the fp32 copy."""
    counts, kept = held
    part, largest, alive = _own(plan, counts)
    own = alive * plan.widths.gradient
    copies = max(NORM * largest, FLAT_AND_FP32 * part)
    peak.raise_to(own + copies + bucket, gradients=own, update=copies, reduce=bucket)
    if plan.accumulation > 1 and kept.gradients + bucket > peak.bytes:
        peak.raise_to(kept.gradients + bucket, gradients=kept.gradients, reduce=bucket)
