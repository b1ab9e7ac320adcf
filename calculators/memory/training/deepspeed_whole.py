"""ZeRO-3 as DeepSpeed's engine holds it, from the step that FSDP2 would take.

With the sizes that transformers fills in for "auto" (deepspeed/runtime/zero/stage3.py): parameters
stay gathered up to ``stage3_max_live_parameters``, a rank's part of the gradients and the bucket
that they are reduced in stay between steps, and the optimizer's step lays the gradients of a group
of up to ``sub_group_size`` out flat and in fp32.
"""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture import Architecture
from calculators.memory.training.buckets import FLAT_AND_FP32, bucket_bytes
from calculators.memory.training.plan import Plan
from calculators.memory.training.stage import (
    BACKWARD,
    LOSS,
    OPTIMIZER_STEP,
    CardStep,
    heaviest_stage,
)

MOST_LIVE = 10**9
"""Parameters that may stay gathered, and elements of a group of the optimizer's step."""

TRANSIENT = ("gathered", "reduce", "gradients")
"""Parts of FSDP2's moments that DeepSpeed holds in another way."""


def deepspeed_step(model: Architecture, plan: Plan) -> CardStep:
    """Return the step of ``plan``, which has 16-bit gradients, as DeepSpeed's stage 3."""
    step = heaviest_stage(model, plan)
    bucket = bucket_bytes(model, plan)
    kept = replace(step.states, buffers=step.states.buffers + bucket)
    whole = step.counts.trained * plan.recipe.width
    live = min(whole, MOST_LIVE * plan.recipe.width)
    parts = {moment: _parts(step, moment, live) for moment in (LOSS, BACKWARD)}
    update = FLAT_AND_FP32 * min(step.counts.trained / plan.shards, MOST_LIVE)
    parts[OPTIMIZER_STEP] = {"update": update}
    resident = kept.resident + kept.gradients
    moments = {moment: resident + sum(parts[moment].values()) for moment in parts}
    held = {m: {**each, "gradients": kept.gradients} for m, each in parts.items()}
    return CardStep(step.counts, kept, moments, held)


def _parts(step: CardStep, moment: str, live: float) -> dict[str, float]:
    """Return what the moment touches, with all that stays gathered in place of FSDP2's buffers."""
    parts = step.parts[moment]
    named = sum(parts.values())
    inputs = step.moments[moment] - step.states.resident - named
    rest = {name: size for name, size in parts.items() if name not in TRANSIENT}
    return {**rest, "gathered": live, "inputs": inputs}
