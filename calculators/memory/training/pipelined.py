"""A pipeline stage under ``fully_shard``: what it keeps until the last micro-batch is over.

As torch's own schedules run it (torch/distributed/pipelining/stage.py,
``backward_maybe_with_nosync`` and ``perform_reduce_grad``) with the stage sharded as torchtitan
does under a pipeline (torchtitan/distributed/fsdp.py: nothing is resharded after forward). What
the stage gathered stays, and its gradients are added up whole, in the type that they are reduced
in, until one reduce-scatter after another ends the step. Beside them lie the buffers that the
stages receive in, one for each micro-batch, and what was sent on until its backward pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from calculators.memory.training.fsdp import Shard, Sharded
from calculators.memory.training.moments import Part, Pass, Peak, forward_and_backward
from calculators.memory.training.plan import Plan
from calculators.memory.training.schedule import chunks_of, fills, in_flight

ACTIVE_CHUNKS = 3
"""Chunks of an interleaved stage that its schedule keeps gathered (``_add_unshard_reshard``)."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What a stage keeps, in bytes: all it gathered, its whole gradients, what it passes on.

    ``root`` and ``layer`` are the groups that are reduced first; ``accumulated`` is how much wider
    an added-up gradient is than the one that backward makes, ``chunks`` how many runs of layers.
    """

    gathered: float
    gradients: float
    passed_on: float
    root: Shard
    layer: Shard
    accumulated: float
    chunks: int


def stage_peaks(
    plan: Plan, running: tuple[Pass, Pass, Sharded], whole: tuple[float, int], stage: int
) -> tuple[Peak, Peak]:
    """Return the peaks at the loss and in backward, beyond the states.

    ``running`` are the pass of the first micro-batch, that of a later one and the groups;
    ``whole`` are the stage's gradients before they are divided, and the vocabulary, if it runs
    the head.
    """
    passed, again, groups = running
    gradients, vocabulary = whole
    gathered = sum(
        group.gathered * times
        for group, (_, times) in zip(groups.layers, passed.layers, strict=True)
    )
    kept = Whole(
        gathered=gathered + groups.root.gathered,
        gradients=gradients,
        passed_on=_passed_on(plan, groups.stream_width * passed.tokens, stage)
        + plan.recipe.width * vocabulary * passed.tokens / plan.tp,
        root=groups.root,
        layer=groups.layers[0],
        accumulated=plan.widths.gradient / plan.recipe.width,
        chunks=chunks_of(plan),
    )
    waiting = later = in_flight(plan, stage)
    if fills(plan, stage):  # a micro-batch of one chunk is over before gradients are there
        later = min(waiting, plan.accumulation - 1 / kept.chunks)
    return _peaks((passed, again), kept, (waiting, later, plan.accumulation))


def _passed_on(plan: Plan, stream_bytes: float, stage: int) -> float:
    """Return what lies between stages beyond the graphs of the micro-batches in flight.

    A buffer for each micro-batch that is received, in either direction (those in flight are what
    their graphs saved first), what was sent on until it is done with, and a gradient under way.
    """
    count, chunks = plan.accumulation, chunks_of(plan)
    started = in_flight(plan, stage) * chunks
    before = chunks if stage else chunks - 1
    after = chunks if stage < plan.pp - 1 else chunks - 1
    received = max(0.0, count * before - started) + count * after
    sent = started * after / chunks + (1 if before else 0)
    return (received + sent) * stream_bytes / plan.recipe.sequence_split


def _peaks(
    passes: tuple[Pass, Pass], kept: Whole, flight: tuple[float, float, int]
) -> tuple[Peak, Peak]:
    """Return the peaks at the loss and in backward, beyond the states.

    ``flight`` are the micro-batches in flight at most, those (``0`` for none) that are when
    gradients of earlier ones are there, and how many there are in all.
    """
    most, later, count = flight
    gathered = kept.gathered * min(1.0, ACTIVE_CHUNKS / kept.chunks)
    loss, backward = forward_and_backward(_first(passes[0], kept), 0.0, most)
    _beside(loss, kept, gathered + kept.layer.gathered)  # the last all-gather's output
    _beside(backward, kept, gathered)
    if count > 1:
        held = kept.gradients
        for peak, found in zip(
            (loss, backward),
            forward_and_backward(_later(passes[1]), held, later),
            strict=True,
        ):
            _beside(found, kept, gathered)
            if found.bytes > peak.bytes:
                peak.raise_to(found.bytes, **found.parts)
    _reduced(kept, gathered, backward)
    return loss, backward


def _beside(peak: Peak, kept: Whole, gathered: float) -> None:
    saved = peak.parts.get("saved", 0.0) + kept.passed_on
    parts = {**peak.parts, "saved": saved, "gathered": gathered}
    peak.raise_to(peak.bytes + kept.passed_on + gathered, **parts)


def _first(passed: Pass, kept: Whole) -> Pass:
    """Return the pass whose layers leave their gradients behind, as wide as they are added up."""
    layers = _leaving(passed.layers, kept.accumulated)
    return replace(passed, layers=layers)


def _later(passed: Pass) -> Pass:
    """Return the pass whose layers add their gradients to those that are there."""
    return replace(passed, layers=_leaving(passed.layers, 0.0))


def _leaving(layers: Iterable[tuple[Part, int]], share: float) -> list[tuple[Part, int]]:
    return [(replace(part, gradients=part.gradients * share), times) for part, times in layers]


def _reduced(kept: Whole, gathered: float, peak: Peak) -> None:
    """Raise ``peak`` to the first reduce-scatters: the root's, then the first layer's."""
    whole, gradients = gathered, kept.gradients
    for group in (kept.root, kept.layer):
        whole -= group.gathered
        live = whole + gradients + group.reduced + kept.passed_on
        if live > peak.bytes:
            peak.raise_to(
                live, gathered=whole, gradients=gradients, reduce=group.reduced,
                saved=kept.passed_on,
            )  # fmt: skip
        gradients += group.gradient - group.reduced
