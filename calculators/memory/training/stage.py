"""The whole step of one card: its share of the model, its states, its three moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from calculators.architecture import Architecture, Module
from calculators.memory.training.caching import by_identity
from calculators.memory.training.fsdp import Shard, Sharded, sharded_peaks
from calculators.memory.training.moments import (
    Peak,
    buffer_bytes,
    forward_and_backward,
    runs,
    the_pass,
)
from calculators.memory.training.plan import Plan
from calculators.memory.training.states import (
    Counts,
    Share,
    States,
    count,
    elements_of,
    padding,
    share_of,
    states,
    tensors_of,
)

LOSS, BACKWARD, OPTIMIZER_STEP = "loss", "backward", "optimizer_step"


@dataclass(frozen=True, slots=True)
class CardStep:
    """What one card holds, in bytes: states, and the live bytes of each moment."""

    counts: Counts
    states: States
    moments: Mapping[str, float]
    parts: Mapping[str, Mapping[str, float]]

    @property
    def peak_moment(self) -> str:
        """The moment with the most live bytes."""
        return max(self.moments, key=lambda moment: self.moments[moment])

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


def _stage(model: Architecture, plan: Plan, stage: int) -> CardStep:
    indices = _indices(model.layer_count, plan.pp, stage)
    span = (indices.start, indices.stop)
    share = _share(model, plan.tp, plan.ep, plan.row_shards, span)
    recipe = plan.recipe
    counts = count(model, share, recipe.base_trains, recipe.adapter, recipe.quantised)
    kept = states(plan, counts, buffer_bytes(model, len(indices)))
    loss, backward = _peaks(model, plan, indices, (counts, kept), stage)
    update = _update_bytes(plan, counts)
    at_update = Peak()
    at_update.raise_to(kept.gradients + update, gradients=kept.gradients, update=update)
    peaks = {LOSS: loss, BACKWARD: backward, OPTIMIZER_STEP: at_update}
    return CardStep(
        counts,
        kept,
        {moment: kept.resident + peak.bytes for moment, peak in peaks.items()},
        {moment: peak.parts for moment, peak in peaks.items()},
    )


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
    if plan.gathers:
        return sharded_peaks(passed, _groups(model, plan, indices), kept.gradients)
    share = 1 / share_of(plan, counts) if plan.stage == 2 else 1.0
    waiting = _in_flight(plan, stage)
    if not _never_full(plan, stage):
        there = kept.gradients if plan.recipe.held else 0.0
        return forward_and_backward(passed, there, waiting, share)
    new = replace(plan, recipe=replace(plan.recipe, held=False))
    first = forward_and_backward(the_pass(model, new, indices), 0.0, waiting, share)
    later = forward_and_backward(passed, kept.gradients, waiting - 1, share)
    loss, backward = (max(pair, key=lambda p: p.bytes) for pair in zip(first, later, strict=True))
    return loss, backward


def _never_full(plan: Plan, stage: int) -> bool:
    """Whether all micro-batches are in flight before the first one's backward pass.

    Gradients then come when fewer are in flight, unless they lie in buffers of their own.
    """
    return 1 < plan.accumulation <= plan.pp - stage and plan.held_by_accumulation


def _in_flight(plan: Plan, stage: int) -> float:
    """Micro-batches whose activations a stage keeps under 1F1B (arXiv 2104.04473, 2205.05198)."""
    waiting = min(plan.pp - stage, max(1, plan.accumulation))
    if plan.virtual_pp > 1 and stage == 0:
        return waiting * (1 + (plan.pp - 1) / (plan.pp * plan.virtual_pp))
    return waiting


def _groups(model: Architecture, plan: Plan, indices: range) -> Sharded:
    width = plan.recipe.width
    reduced = plan.widths.gradient

    stays = 0.0 if plan.gradients_offloaded else reduced / plan.shards

    def shard(parameters: float) -> Shard:
        trained = parameters if plan.recipe.base_trains else 0.0
        return Shard(parameters * width, trained * reduced, trained * stays)

    root, sizes = group_sizes(model, plan.tp, plan.ep, plan.row_shards)
    shards = {key: shard(size) for key, size in sizes.items()}
    return Sharded(
        root=shard(root),
        layers=[
            shards[id(model.layers[index])]
            for index, _ in runs(model, (indices.start, indices.stop))
        ],
        stream=model.hidden * plan.batch * plan.local_seq * width,
        held=plan.accumulation > 1,
        replicas=plan.dp * plan.cp > plan.shards,
    )


@by_identity
def group_sizes(
    model: Architecture, tp: int, ep: int, ranks: int
) -> tuple[float, dict[int, float]]:
    """Return the parameters of the root and, by identity, of each distinct layer on one card.

    Each tensor is padded to equal shards of rows over ``ranks``.
    """

    def total(modules: Iterable[Module], *, split_all: bool) -> float:
        padded = 0.0
        for module in modules:
            share = tp * ep if module.kind == "expert" else tp
            if module.kind not in ("expert", "linear") and not split_all:
                share = 1
            for shape, copies in tensors_of(module):
                padded += elements_of(shape) * copies / share * padding(shape, ranks)
        return padded

    sizes = {id(layer): total(layer.modules, split_all=False) for layer, _ in model.groups}
    return total(model.outer_modules, split_all=True), sizes


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
