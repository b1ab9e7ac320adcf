"""What DeepSpeed's ZeRO-1 and ZeRO-2 add to a step: the reduction's bucket, and copies.

With fp32 gradients ZeRO-2 adds 16-bit ones to a rank's fp32 part as they come, and ZeRO-1 keeps all
of both. ZeRO-Offload has a buffer as large as the largest tensor, and moves a rank's gradients to
the host: ZeRO-2 as they come, ZeRO-1 when backward is over.

A rank copies its own part of the gradients for the optimizer's step
(deepspeed/runtime/zero/stage_1_and_2.py). The bucket holds as many elements as the square of the
hidden size, which is what transformers fills in for "auto"; a larger tensor is reduced in a copy
of its own.
"""

from __future__ import annotations

from calculators.architecture import Architecture
from calculators.memory.training.moments import Pass, Peak, forward_and_backward
from calculators.memory.training.plan import HALF, Plan
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


def wide_part(model: Architecture, plan: Plan, kept: States, fresh: Pass) -> tuple[Peak, Peak]:
    """Return the peaks where 16-bit gradients are added to a rank's fp32 part of them.

    The part is made when the first of them arrive, ``fresh`` a pass that finds none.
    """
    there = kept.gradients if plan.accumulation > 1 else 0.0
    coming = kept.gradients - there + model.hidden**2 * HALF
    return forward_and_backward(fresh, there, share=0.0, bucket=coming)


def update_wide_part(plan: Plan, held: tuple[Counts, States], peak: Peak) -> None:
    """Raise ``peak`` to the step, whose fp32 gradients need no copy but for their norm."""
    counts, kept = held
    norm = NORM * _own(plan, counts)[1]
    peak.raise_to(kept.gradients + norm, gradients=kept.gradients, update=norm)


def offloading_buffer(counts: Counts) -> float:
    """Return the bytes of the buffer through which gradients go to the host."""
    return float(counts.largest * HALF)


def gradients_to_host(
    model: Architecture, plan: Plan, counts: Counts, fresh: Pass
) -> tuple[Peak, Peak]:
    """Return the peaks where 16-bit gradients leave for the host."""
    bucket = model.hidden**2 * HALF
    share = 1.0 if plan.stage == 1 else 0.0
    loss, backward = forward_and_backward(fresh, 0.0, share=share, bucket=bucket)
    gradients = counts.trained * HALF if plan.stage == 1 else counts.largest * HALF
    norm = NORM * _own(plan, counts)[1]
    if gradients + bucket + norm > backward.bytes:
        backward.raise_to(
            gradients + bucket + norm, gradients=gradients, reduce=bucket, update=norm
        )
    return loss, backward


def low_gradients(kept: States) -> float:
    """Return the bytes of 16-bit gradients beside fp32 ones."""
    return kept.gradients / 2


def in_both_widths(plan: Plan, kept: States, passed: Pass, fresh: Pass) -> tuple[Peak, Peak]:
    """Return the peaks with all fp32 gradients, and all 16-bit ones, which accumulate in place.

    The fp32 ones are reduced in a 16-bit copy (deepspeed/runtime/bf16_optimizer.py).
    """
    wide, low = kept.gradients, low_gradients(kept)
    if plan.accumulation > 1:
        loss, backward = forward_and_backward(passed, wide + low)
    else:
        loss, backward = forward_and_backward(fresh, wide)
    if wide + 2 * low > backward.bytes:
        backward.raise_to(wide + 2 * low, gradients=wide + low, reduce=low)
    return loss, backward
