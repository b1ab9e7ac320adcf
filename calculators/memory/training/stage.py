"""The whole step of one card: its share of the model, its states, its three moments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from calculators.architecture import Architecture, Module
from calculators.kept import Kept
from calculators.memory.training.buckets import (
    bucket_bytes,
    gradients_to_host,
    in_both_widths,
    low_gradients,
    offloading_buffer,
    reduced_in_buckets,
    update_in_buckets,
    update_wide_part,
    wide_part,
)
from calculators.memory.training.caching import by_identity
from calculators.memory.training.deepspeed_whole import update_whole, whole_peaks, with_bucket
from calculators.memory.training.fsdp import Shard, Sharded, sharded_peaks
from calculators.memory.training.moments import (
    Pass,
    Peak,
    buffer_bytes,
    forward_and_backward,
    runs,
    the_pass,
)
from calculators.memory.training.pipelined import stage_peaks
from calculators.memory.training.plan import Plan
from calculators.memory.training.schedule import chunks_of, fills, in_flight, never_full
from calculators.memory.training.states import (
    Counts,
    Share,
    States,
    count,
    elements_of,
    outer_of,
    padding_of,
    share_of,
    states,
    tensors_of,
)

LOSS, BACKWARD, OPTIMIZER_STEP = "loss", "backward", "optimizer_step"


@dataclass(frozen=True)
class CardStep:
    """What one card holds, in bytes: states, and the live bytes of each moment."""

    counts: Counts
    states: States
    moments: Mapping[str, float]
    parts: Mapping[str, Mapping[str, float]]

    @Kept
    def peak_moment(self) -> str:
        """Return the moment with the most live bytes."""
        return max(self.moments, key=self.moments.__getitem__)

    @property
    def peak_bytes(self) -> float:
        """Live bytes at the peak."""
        return self.moments[self.peak_moment]


def heaviest_stage(model: Architecture, plan: Plan) -> CardStep:
    """Return the step of the card that needs most: the first or the last pipeline stage."""
    if plan.pp == 1:
        return _stage(model, plan, 0)
    stages = (0, plan.pp - 1)
    return max((_stage(model, plan, stage) for stage in stages), key=lambda step: step.peak_bytes)


def heaviest_counts(model: Architecture, plan: Plan) -> Counts:
    """Return the parameters on that card; without a pipeline its step need not be known."""
    if plan.pp > 1:
        return heaviest_stage(model, plan).counts
    return _counts(model, plan, range(model.layer_count))


def _counts(model: Architecture, plan: Plan, indices: range) -> Counts:
    span = (indices.start, indices.stop)
    share = _share(model, plan.tp, plan.ep, plan.row_shards, span)
    recipe = plan.recipe
    return count(model, share, recipe.base_trains, recipe.adapter, recipe.quantised)


def _stage(model: Architecture, plan: Plan, stage: int) -> CardStep:
    card = plan.fact(model, ("card", stage), lambda: _card(model, plan, stage))
    counts, kept = card.counts, card.states
    loss, backward = _peaks(model, plan, card.indices, (counts, kept), stage)
    update, resident = card.update, kept.resident
    return CardStep(
        counts,
        kept,
        {
            LOSS: resident + loss.bytes,
            BACKWARD: resident + backward.bytes,
            OPTIMIZER_STEP: resident + update.bytes,
        },
        {LOSS: loss.parts, BACKWARD: backward.parts, OPTIMIZER_STEP: update.parts},
    )


@dataclass(frozen=True, slots=True)
class _Card:
    """What a pipeline stage's card holds, and its optimizer's step, whatever the batch."""

    indices: range
    counts: Counts
    states: States
    update: Peak


def _card(model: Architecture, plan: Plan, stage: int) -> _Card:
    indices = _indices(model.layer_count, plan.pp, stage)
    counts = _counts(model, plan, indices)
    kept = states(plan, counts, buffer_bytes(model, len(indices)))
    at_update = Peak()
    if plan.by_deepspeed:
        kept = with_bucket(model, kept)
        update_whole(plan, (counts, kept), at_update)
    elif plan.offloads_optimizer:
        kept = replace(kept, gradients=0.0, buffers=kept.buffers + offloading_buffer(counts))
    elif plan.adds_to_wide_part:
        update_wide_part(plan, (counts, kept), at_update)
    elif plan.reduces_in_buckets:
        update_in_buckets(plan, (counts, kept), bucket_bytes(model, plan), at_update)
    else:
        update = _update_bytes(plan, counts) + (kept.gradients if plan.twice else 0.0)
        update += low_gradients(kept) if plan.both_widths else 0.0
        at_update.raise_to(kept.gradients + update, gradients=kept.gradients, update=update)
    return _Card(indices, counts, kept, at_update)


def _indices(layers: int, stages: int, stage: int) -> range:
    """Layers of a pipeline stage; earlier stages take the remainder."""
    each, more = divmod(layers, stages)
    start = stage * each + min(stage, more)
    return range(start, start + each + (1 if stage < more else 0))


@by_identity
def _share(model: Architecture, tp: int, ep: int, ranks: int, span: tuple[int, int]) -> Share:
    held = model.layers[span[0] : span[1]]
    times = tuple(sum(1 for layer in held if layer is group) for group, _ in model.groups)
    return Share(times, span[0] == 0, span[1] == model.layer_count, tp, ep, ranks)


def _peaks(
    model: Architecture, plan: Plan, indices: range, held: tuple[Counts, States], stage: int
) -> tuple[Peak, Peak]:
    counts, kept = held
    passed = the_pass(model, plan, indices)
    if plan.by_deepspeed:
        return whole_peaks(plan, held, passed)
    if plan.offloads_optimizer:
        return gradients_to_host(model, plan, counts, the_pass(model, plan.fresh, indices))
    if plan.adds_to_wide_part:
        return wide_part(model, plan, kept, the_pass(model, plan.fresh, indices))
    if plan.gathers:
        name = ("groups", indices.start, indices.stop)
        groups = plan.fact(model, name, lambda: _groups(model, plan, indices))
        if plan.keeps_whole:
            vocabulary = model.vocab if passed.loss is not None else 0
            divided = kept.gradients * share_of(plan, counts)
            # torch pads what goes into the reduce-scatter, not what is added up before it
            whole = divided / counts.trained_padding, vocabulary
            later = (
                passed
                if plan.widths.gradient > plan.recipe.width
                else the_pass(model, plan.again, indices)
            )
            return stage_peaks(plan, (passed, later, groups), whole, stage)
        return sharded_peaks(passed, groups, kept.gradients)
    share = 1 / share_of(plan, counts) if plan.stage == 2 else 1.0
    waiting = in_flight(plan, stage)
    if plan.reduces_in_buckets:
        bucket = bucket_bytes(model, plan)
        peaks = forward_and_backward(passed, 0.0, waiting, share, bucket)
        return reduced_in_buckets(plan, (counts, kept), bucket, peaks)
    if plan.both_widths:
        return in_both_widths(plan, kept, passed, the_pass(model, plan.fresh, indices))
    if plan.twice:
        return _beside_buckets(model, plan, indices, (passed, kept.gradients))
    if plan.replicated and plan.accumulation > 1:
        last = forward_and_backward(_moving(model, plan, indices, passed), 2 * kept.gradients)
        if plan.pp == 1:
            return last
        return _largest(last, _beside(model, plan, indices, (passed, kept.gradients), stage))
    if not never_full(plan, stage):
        there = kept.gradients if plan.recipe.held else 0.0
        return forward_and_backward(passed, there, waiting, share)
    return _filling(model, plan, indices, (passed, kept.gradients, waiting))


def _filling(
    model: Architecture, plan: Plan, indices: range, running: tuple[Pass, float, float]
) -> tuple[Peak, Peak]:
    """Return the peaks where gradients come while fewer and fewer micro-batches are in flight.

    A chunk's second micro-batch meets the gradients of its first one and of the chunks after it.
    """
    passed, gradients, waiting = running
    fresh = the_pass(model, plan.fresh, indices)
    found = [forward_and_backward(fresh, 0.0, waiting)]
    chunks = chunks_of(plan)
    spread = gradients - (fresh.loss.gradients if fresh.loss is not None else 0.0)
    for chunk in range(chunks):
        there = gradients - spread * chunk / chunks
        left = min(waiting, ((chunk + 1) * plan.accumulation - 1) / chunks)
        part = passed if chunk == chunks - 1 else replace(passed, loss=None)
        found.append(forward_and_backward(part, there, left))
    return _largest(*found)


def _largest(*found: tuple[Peak, Peak]) -> tuple[Peak, Peak]:
    loss, backward = (max(peaks, key=lambda p: p.bytes) for peaks in zip(*found, strict=True))
    return loss, backward


def _beside(
    model: Architecture, plan: Plan, indices: range, running: tuple[Pass, float], stage: int
) -> tuple[Peak, Peak]:
    """Return the peaks of a stage's micro-batches before the last one.

    Their gradients lie beside the buckets of DistributedDataParallel.
    """
    passed, gradients = running
    waiting = in_flight(plan, stage)
    if fills(plan, stage):
        peaks = _filling(model, plan, indices, (passed, gradients, waiting))
    else:
        peaks = forward_and_backward(passed, gradients, waiting)
    for peak in peaks:
        held = peak.parts.get("gradients", 0.0) + gradients
        peak.raise_to(peak.bytes + gradients, **{**peak.parts, "gradients": held})
    return peaks


def _beside_buckets(
    model: Architecture, plan: Plan, indices: range, running: tuple[Pass, float]
) -> tuple[Peak, Peak]:
    """Return the peaks where gradients arrive, or already lie, beside buckets as large."""
    passed, gradients = running
    if plan.accumulation > 1:
        return forward_and_backward(passed, 2 * gradients)
    return forward_and_backward(the_pass(model, plan.fresh, indices), gradients)


def _moving(model: Architecture, plan: Plan, indices: range, passed: Pass) -> Pass:
    """Return the pass in which gradients of earlier micro-steps go, as buckets take them in.

    DistributedDataParallel accumulates beside its buckets until the last micro-step.
    """
    fresh = the_pass(model, plan.fresh, indices)
    layers = [
        (replace(part, gradients=-other.gradients), times)
        for (part, times), (other, _) in zip(passed.layers, fresh.layers, strict=True)
    ]
    loss = passed.loss
    if loss is not None and fresh.loss is not None:
        loss = replace(loss, gradients=-fresh.loss.gradients)
    return replace(passed, layers=layers, loss=loss)


def _groups(model: Architecture, plan: Plan, indices: range) -> Sharded:
    width = plan.recipe.width
    reduced = plan.widths.gradient

    stays = 0.0 if plan.gradients_offloaded else reduced / plan.shards

    def shard(parameters: float, apart: float = 0.0) -> Shard:
        trained = 1.0 if plan.recipe.base_trains else 0.0
        part = None
        if apart:
            kept = apart * trained * stays * plan.ep
            part = Shard(apart * width, apart * trained * reduced, kept)
        own = parameters - apart
        return Shard(own * width, own * trained * reduced, own * trained * stays, part)

    packed = plan.number_bytes / width if plan.recipe.quantised else 1.0
    ends = indices.start == 0, indices.stop == model.layer_count
    root, sizes = group_sizes(model, plan.tp, plan.ep, plan.row_shards, packed, ends)
    dense = sizes
    if plan.ep > 1 and plan.recipe.base_trains:  # experts are a group of their own
        _, dense = group_sizes(model, plan.tp, math.inf, plan.row_shards)
    shards = {key: shard(size, size - dense[key]) for key, size in sizes.items()}
    return Sharded(
        root=shard(root),
        layers=[
            shards[id(model.layers[index])]
            for index, _ in runs(model, (indices.start, indices.stop))
        ],
        stream_width=model.hidden * width,
        held=plan.accumulation > 1,
        replicas=plan.dp * plan.cp > plan.shards,
        stays=plan.unresharded,
    )


@by_identity
def group_sizes(
    model: Architecture,
    tp: int,
    ep: float,
    ranks: int,
    packed: float = 1.0,
    ends: tuple[bool, bool] = (True, True),
) -> tuple[float, dict[int, float]]:
    """Return the parameters of the root and, by identity, of each distinct layer on one card.

    ``ends`` are whether the card runs the embedding, and the head.
    An infinite ``ep`` leaves the experts out; a weight of the layers' linear modules counts as
    ``packed`` parameters. Each tensor is padded to equal shards of rows over
    ``ranks``.
    """

    def total(modules: Iterable[Module], *, split_all: bool) -> float:
        padded = 0.0
        for module in modules:
            share = tp * ep if module.kind == "expert" else tp
            if module.kind not in ("expert", "linear") and not split_all:
                share = 1
            if module.kind == "linear" and not split_all:
                share /= packed
            for shape, copies in tensors_of(module):
                padded += elements_of(shape) * copies / share * padding_of(module, shape, ranks, ep)
        return padded

    sizes = {id(layer): total(layer.modules, split_all=False) for layer, _ in model.groups}
    outer = outer_of(model, Share((), *ends, tp, 1))
    return total(outer, split_all=True), sizes


def _update_bytes(plan: Plan, counts: Counts) -> float:
    """Return what the optimizer's step allocates for the largest tensor; fused kernels nothing."""
    width = plan.widths.master or plan.widths.weight
    if plan.optimizer in ("lion", "adafactor"):
        return counts.largest * width / (plan.shards if plan.stage >= 1 else 1)
    if plan.optimizer == "galore":  # the square roots and the update, as wide as the tensor
        return 2 * counts.largest * width / (plan.shards if plan.stage >= 1 else 1)
    if plan.optimizer == "muon":
        rows, cols = sorted(counts.largest_matrix)
        return 2 * (3 * rows * cols + 2 * rows * rows)
    return 0.0
