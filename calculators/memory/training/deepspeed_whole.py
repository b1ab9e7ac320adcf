"""What a step holds under DeepSpeed's ZeRO-3 (deepspeed/runtime/zero/stage3.py).

With the sizes that transformers fills in for "auto": parameters stay gathered up to
``stage3_max_live_parameters``, a rank's part of the gradients and the bucket that they are reduced
in stay between steps, and the optimizer's step lays the gradients of a group of up to
``sub_group_size`` out flat and in fp32.
"""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture import Architecture
from calculators.memory.training.moments import Pass, Peak, forward_and_backward
from calculators.memory.training.plan import HALF, Plan
from calculators.memory.training.states import Counts, States

MOST_LIVE = 10**9
"""Parameters that may stay gathered, unless a tensor has more; elements of a group of the step."""
FLAT = 4
"""Bytes for each gradient of the step: fp32 and laid out flat."""


def with_bucket(model: Architecture, kept: States) -> States:
    """Return the states with the reduction's bucket, in 16 bits whatever gradients are."""
    return replace(kept, buffers=kept.buffers + model.hidden**2 * HALF)


def whole_peaks(plan: Plan, held: tuple[Counts, States], passed: Pass) -> tuple[Peak, Peak]:
    """Return the peaks at the loss and in backward, beyond the states.

    A layer's gradients go when they are reduced; a rank's part of all has its place from the start.
    """
    counts, kept = held
    gathered = _gathered_bytes(plan, counts)
    if passed.tied_bytes:
        passed = replace(passed, tied_bytes=0.0)  # no gradient waits for that of its other use
    loss, backward = forward_and_backward(passed, kept.gradients, share=0.0)
    for peak in (loss, backward):
        peak.raise_to(peak.bytes + gathered, **peak.parts, gathered=gathered)
    return loss, backward


def _gathered_bytes(plan: Plan, counts: Counts) -> float:
    """Return what stays gathered; packed weights count by the 16-bit numbers that hold them."""
    plain = float(counts.trained + counts.frozen)
    packed = counts.quantised * plan.number_bytes / HALF
    return min(plain + packed, max(MOST_LIVE, counts.largest)) * plan.recipe.width


def update_whole(plan: Plan, held: tuple[Counts, States], peak: Peak) -> None:
    """Raise ``peak`` to what the optimizer's step needs on the card."""
    counts, kept = held
    if plan.offload != "none":
        return
    own = min(counts.trained / plan.shards, MOST_LIVE)
    update = (FLAT + (HALF if plan.widths.gradient == HALF else 0)) * own
    peak.raise_to(kept.gradients + update, gradients=kept.gradients, update=update)
