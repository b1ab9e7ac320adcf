"""The moments of a step: the loss, each layer's backward pass, the optimizer's step.

The live bytes of a moment are the states, what earlier layers have saved, the gradients that
are there already, and the largest that the part at work touches.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from calculators.architecture import Architecture
from calculators.memory.training.caching import by_identity
from calculators.memory.training.fused import fused_layer, fused_loss
from calculators.memory.training.plan import Plan
from calculators.memory.training.profile import (
    Profile,
    embedding_profile,
    layer_profile,
    loss_profile,
)
from calculators.memory.training.tape import at, largest_at
from calculators.memory.training.traits import traits_of

INDEX_BYTES = 8


@dataclass(slots=True)
class Part:
    """One part of the model in bytes for the batch and sequence at hand."""

    saved: float
    forward: float
    backward: float
    gradients: float
    cached: float = 0.0
    parted: tuple[float, float] | None = None

    @property
    def whole(self) -> float:
        """The largest of the whole backward pass, where experts are no group of their own."""
        return self.backward if self.parted is None else max(self.backward, *self.parted)


@dataclass(slots=True)
class Peak:
    """Live bytes of a moment beyond the states, and what they are made of."""

    bytes: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    def raise_to(self, total: float, **parts: float) -> None:
        """Take ``total``, which is larger than all so far (the caller compares, for speed)."""
        self.bytes = total
        self.parts = parts


def _evaluated(profile: Profile, batch: int, seq: int) -> Part:
    parted = profile.parted
    return Part(
        at(profile.saved, batch, seq),
        largest_at(profile.forward, batch, seq),
        largest_at(profile.backward, batch, seq),
        at(profile.gradients, batch, seq),
        profile.cached,
        None
        if parted is None
        else (at(parted.at, batch, seq), largest_at(parted.after, batch, seq)),
    )


@dataclass(slots=True)
class Pass:
    """All parts of the model that a card runs, in order, for so many ``tokens``.

    ``kept_mask_bytes`` are of the masks that recomputed layers hold through backward.
    """

    embedding: Part | None
    layers: list[tuple[Part, int]]
    loss: Part | None
    tokens: int
    input_bytes: float
    mask_bytes: float
    kept_mask_bytes: float
    trig_bytes: float
    tied_bytes: float


@dataclass(frozen=True, slots=True)
class Outline:
    """A pass before batch and sequence are known.

    ``layers`` are places in ``profiles`` and how often in a row; masks take ``mask_bytes`` for
    each pair of positions of a sequence, rotary tables ``trig_bytes`` for each position.
    """

    embedding: Profile | None
    profiles: tuple[Profile, ...]
    layers: tuple[tuple[int, int], ...]
    loss: Profile | None
    mask_bytes: int
    keeps_masks: bool
    trig_bytes: int
    tied_bytes: float

    def at(self, batch: int, seq: int) -> Pass:
        """Return the pass of ``batch`` sequences of ``seq`` tokens."""
        embedding, loss = self.embedding, self.loss
        made = [_evaluated(profile, batch, seq) for profile in self.profiles]
        mask_bytes = float(self.mask_bytes * batch * seq**2)
        return Pass(
            embedding=None if embedding is None else _evaluated(embedding, batch, seq),
            layers=[(made[place], times) for place, times in self.layers],
            loss=None if loss is None else _evaluated(loss, batch, seq),
            tokens=batch * seq,
            input_bytes=batch * seq * INDEX_BYTES,
            mask_bytes=mask_bytes,
            kept_mask_bytes=mask_bytes if self.keeps_masks else 0.0,
            trig_bytes=self.trig_bytes * seq,
            tied_bytes=self.tied_bytes,
        )


def the_pass(model: Architecture, plan: Plan, indices: range) -> Pass:
    """Return the parts that a card with the layers ``indices`` runs."""
    name = ("outline", indices.start, indices.stop)
    outline = plan.fact(model, name, lambda: _outline(model, plan, indices))
    return outline.at(plan.batch, plan.local_seq)


def _outline(model: Architecture, plan: Plan, indices: range) -> Outline:
    first, last = indices.start == 0, indices.stop == model.layer_count
    recipe = plan.recipe
    scaled = traits_of(model.family).norm == "gemma"
    embedding = loss = None
    if first:
        embedding = embedding_profile(model, recipe.of_layers, scaled)
    if last:
        loss = (fused_loss if plan.code == "fused" else loss_profile)(model, recipe)
    tied = 0.0
    if model.tied_embeddings and first and last and recipe.base_trains:
        tied = model.embedding_parameters * recipe.width / recipe.tp
    profiles, layers = _layers(model, plan, indices)
    return Outline(
        embedding=embedding,
        profiles=profiles,
        layers=layers,
        loss=loss,
        mask_bytes=_mask_bytes(model, plan),
        keeps_masks=plan.recompute == "full",
        trig_bytes=2 * model.attention.rope_dim * recipe.width,
        tied_bytes=tied,
    )


def buffer_bytes(model: Architecture, layers: int) -> int:
    """Return the bytes of masks that the class keeps as buffers, one a pair of positions."""
    kept = {"none": 0, "model": 1, "layer": layers}[traits_of(model.family).mask_buffer]
    return kept * (model.max_context or 0) ** 2


def _layers(
    model: Architecture, plan: Plan, indices: range
) -> tuple[tuple[Profile, ...], tuple[tuple[int, int], ...]]:
    """Return the profiles of the layers, and those of each run of layers by place."""
    recomputed = plan.recompute == "full"
    recipe = plan.recipe.of_layers
    trains_input = recipe.base_trains or recomputed
    traits = (model.family, model.hidden, model.hidden_dropout)
    of_layer = fused_layer if plan.code == "fused" else layer_profile
    profiles: list[Profile] = []
    places: dict[tuple[int, bool], int] = {}
    layers = []
    for index, times in runs(model, (indices.start, indices.stop)):
        layer = model.layers[index]
        needs_grad = trains_input or index > 0
        key = (id(layer), needs_grad)
        if key not in places:
            places[key] = len(profiles)
            profiles.append(of_layer(layer, traits, recipe, (recomputed, needs_grad)))
        layers.append((places[key], times))
    return tuple(profiles), tuple(layers)


@by_identity
def runs(model: Architecture, span: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Return layers as (index, times), equal neighbours drawn together.

    Live bytes are linear over equal layers, so the ends of a run decide: its first two layers
    and its last stay apart, since their neighbours may differ.
    """
    found: list[list[int]] = []
    for index in range(*span):
        same = index >= span[0] + 3 and all(
            model.layers[index - back] is model.layers[index] for back in (1, 2, 3)
        )
        if (
            same
            and index > 3
            and index < span[1] - 1
            and model.layers[index + 1] is model.layers[index]
        ):
            found[-1][1] += 1
        else:
            found.append([index, 1])
    return tuple((index, times) for index, times in found)


def _mask_bytes(model: Architecture, plan: Plan) -> int:
    """Return what masks that layers share take a pair: additive for eager, boolean for windows."""
    windows = {layer.attention.window is not None for layer, _ in model.groups}
    if plan.code == "fused":
        return 0  # fused kernels take the causal mask as a flag
    if plan.recipe.eager:
        return len(windows) * plan.recipe.width
    return 1 if plan.recipe.windowed and True in windows else 0


def forward_and_backward(
    passed: Pass, held: float, in_flight: float = 1, share: float = 1.0, bucket: float = 0.0
) -> tuple[Peak, Peak]:
    """Return the peaks at the loss and in backward, beyond the states.

    ``held`` are gradients that are there from the start: those of earlier micro-steps, or
    buffers of their own. ``in_flight`` micro-batches of a pipeline stage keep what they saved.
    ``share`` of a gradient stays when its layer is done: one rank's under ZeRO-2. A ``bucket``
    is there for the reduction once the first gradients are.
    """
    loss, backward = Peak(), Peak()
    shared = passed.input_bytes + passed.trig_bytes
    each = sum(p.saved * n for p, n in passed.layers) + shared + passed.kept_mask_bytes
    waiting = (in_flight - 1) * each
    saved = _forward(passed, shared, (held, waiting), loss)
    _backward(passed, shared, (held, saved, share, bucket), backward)
    return loss, backward


def _forward(passed: Pass, shared: float, kept: tuple[float, float], peak: Peak) -> float:
    """Raise ``peak`` over the forward pass; return what is saved when it is over."""
    held, saved = kept
    cached = 0.0
    base = shared + passed.mask_bytes + held
    if passed.embedding is not None:
        live = base + saved + passed.embedding.forward
        if live > peak.bytes:
            peak.raise_to(live, gradients=held, saved=saved, layer=passed.embedding.forward)
        saved += passed.embedding.saved
    for part, times in passed.layers:
        live = base + saved + cached + part.forward
        if live > peak.bytes:
            peak.raise_to(live, gradients=held, saved=saved, casts=cached, layer=part.forward)
        saved += part.saved * times
        cached += part.cached * times
    if passed.loss is not None:
        live = base + saved + cached + passed.loss.forward
        if live > peak.bytes:
            peak.raise_to(live, gradients=held, saved=saved, casts=cached, head=passed.loss.forward)
    return saved


def _backward(
    passed: Pass, shared: float, kept: tuple[float, float, float, float], peak: Peak
) -> None:
    grads, saved, share, bucket = kept
    shared += passed.kept_mask_bytes
    tied = 0.0
    if passed.loss is not None:
        part = passed.loss
        live = shared + saved + grads + part.backward
        if live > peak.bytes:
            peak.raise_to(live, gradients=grads, saved=saved, head=part.backward)
        grads += part.gradients * share
        # it waits for the embedding's, which it is added to
        tied = passed.tied_bytes * (1.0 - share if part.gradients else 1.0)
    shared += bucket
    for part, times in reversed(passed.layers):
        saved -= part.saved
        live = shared + saved + grads + tied + part.whole
        if live > peak.bytes:
            peak.raise_to(live, gradients=grads + tied, saved=saved, layer=part.whole)
        saved -= part.saved * (times - 1)
        grads += part.gradients * times * share
    if passed.embedding is not None:
        more = 2 * passed.tied_bytes if passed.tied_bytes else passed.embedding.backward
        live = shared + saved + grads + tied + more
        if live > peak.bytes:
            peak.raise_to(live, gradients=grads + tied, saved=saved, embedding=more)


def layer_sizes(model: Architecture, plan: Plan) -> tuple[float, float]:
    """Return what the last layer saves: bytes per token, and bytes per pair of tokens."""
    options = (plan.recompute == "full", True)
    traits = (model.family, model.hidden, model.hidden_dropout)
    of_layer = fused_layer if plan.code == "fused" else layer_profile
    profile = of_layer(model.layers[-1], traits, plan.recipe, options)
    return profile.saved[1], profile.saved[2]
