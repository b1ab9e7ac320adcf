"""The order in which a pipeline stage runs its micro-batches: 1F1B, plain and interleaved.

A stage starts micro-batches until the first one's backward pass can begin, then takes one
forward and one backward in turn (arXiv 2104.04473, 2205.05198). All counts are of micro-batches;
a chunk is one of the runs of layers that are interleaved on a stage.
"""

from __future__ import annotations

from calculators.memory.training.plan import Plan


def never_full(plan: Plan, stage: int) -> bool:
    """Whether all micro-batches are in flight before the first one's backward pass.

    Gradients then come when fewer are in flight, unless they lie in buffers of their own.
    """
    return plan.accumulation > 1 and fills(plan, stage) and plan.held_by_accumulation


def fills(plan: Plan, stage: int) -> bool:
    """Whether no micro-batch starts once the first one's backward pass is over."""
    whole = plan.accumulation * chunks_of(plan) <= started(plan, stage)
    return whole or (chunks_of(plan) > 1 and plan.accumulation < 2 * plan.pp)


def in_flight(plan: Plan, stage: int) -> float:
    """Micro-batches whose activations a stage keeps under 1F1B (arXiv 2104.04473, 2205.05198)."""
    return min(started(plan, stage), plan.accumulation * chunks_of(plan)) / chunks_of(plan)


def chunks_of(plan: Plan) -> int:
    """Return the runs of layers on a stage."""
    return plan.virtual_pp if plan.pp > 1 else 1


def started(plan: Plan, stage: int) -> int:
    """Chunks of layers that a stage runs before its first backward pass, where there are enough.

    Interleaved, a stage begins a round of micro-batches on each of its chunks but the last, and
    two more for each stage after it.
    """
    after = plan.pp - stage - 1
    if chunks_of(plan) == 1:
        return after + 1
    rounds = max(1, plan.accumulation // plan.pp)
    return 2 * after + (chunks_of(plan) - 1) * (plan.accumulation // rounds) + 1
