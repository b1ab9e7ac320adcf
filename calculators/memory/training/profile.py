"""What one layer, the embedding and the loss keep and touch: replayed once, then evaluated.

A profile is independent of batch and sequence; :func:`calculators.memory.training.tape.at`
turns its sizes into bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from calculators.architecture import Architecture, Layer
from calculators.memory.training.caching import by_identity
from calculators.memory.training.decoder import LayerShadow, embed, loss
from calculators.memory.training.recipe import Recipe
from calculators.memory.training.tape import (
    ZERO,
    Size,
    Storage,
    Tape,
    Tensor,
    add,
    envelope,
    scale,
    tokens,
)
from calculators.memory.training.traces import Trace, on_the_line
from calculators.memory.training.traits import traits_of
from calculators.memory.training.weights import Weights


@dataclass(frozen=True, slots=True)
class Parted:
    """A layer's backward pass where its experts are a group of their own, beyond their gradients.

    ``at`` is live when the last of these came, ``after`` the largest until the layer is done.
    """

    at: Size
    after: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Sizes in bytes, by monomial.

    ``saved`` stays from forward to backward; ``forward`` and ``backward`` are the largest live
    sizes while the part runs, its input and saved tensors included; ``gradients`` are those of
    its weights, which stay. ``cached`` are weight copies that autocast keeps, though not saved,
    until the forward pass is over.
    """

    saved: Size
    forward: tuple[Size, ...]
    backward: tuple[Size, ...]
    gradients: Size
    cached: float = 0.0
    parted: Parted | None = None


def _picked(trace: Trace) -> Profile:
    """Return the profile of a replay: of its sizes those that can be the largest."""
    parted = None
    if trace.parted is not None:
        parted = Parted(trace.parted, envelope((trace.parted, *trace.after)))
    return Profile(
        trace.saved,
        envelope(trace.forward),
        envelope(trace.backward),
        trace.gradients,
        trace.cached,
        parted,
    )


def _less(a: Size, b: Size) -> Size:
    return add(a, scale(b, -1))


@by_identity
def layer_profile(
    layer: Layer, model: tuple[str, int, float], recipe: Recipe, options: tuple[bool, bool]
) -> Profile:
    """Return the profile of a decoder layer.

    ``model`` is its family, hidden size and dropout; ``options`` are whether it is recomputed
    and whether its input has a gradient.
    """
    if layer.passed_by:
        return passing(model[1], recipe)
    if recipe.adapter is None:
        return _picked(_replayed(layer, model, recipe, options))
    rank = recipe.adapter.rank
    traces = _traces_by_rank(layer, model, recipe.ranked(0), options)
    trace = traces.get(rank) or on_the_line(traces, rank)
    if trace is None:
        trace = traces[rank] = _replayed(layer, model, recipe, options)
    return _picked(trace)


@by_identity
def _traces_by_rank(
    layer: Layer, model: tuple[str, int, float], recipe: Recipe, options: tuple[bool, bool]
) -> dict[int, Trace]:
    """Return the replays of a layer that differ in the rank of its adapters alone, to be filled."""
    return {}


def _replayed(
    layer: Layer, model: tuple[str, int, float], recipe: Recipe, options: tuple[bool, bool]
) -> Trace:
    family, hidden, dropout = model
    recomputed, needs_grad = options
    traits = traits_of(family)

    def run(tape: Tape, x: Tensor) -> Tensor:
        return LayerShadow(Weights(tape, recipe), traits, layer, dropout)(x)

    stream = tokens(hidden / recipe.sequence_split)
    replay = _recomputed if recomputed else _kept
    return replay(run, stream, recipe, needs_grad)


def passing(hidden: int, recipe: Recipe) -> Profile:
    """Return the profile of a layer that a text without an image skips: the stream alone."""
    stream = scale(tokens(hidden / recipe.sequence_split), stream_width(recipe))
    return Profile(ZERO, (stream,), (stream,), ZERO)


Run = Callable[[Tape, Tensor], Tensor]


def stream_width(recipe: Recipe) -> int:
    """Bytes of an element of the residual stream."""
    return recipe.width


def _kept(run: Run, stream: Size, recipe: Recipe, needs_grad: bool) -> Trace:
    tape = Tape(held=recipe.held)
    x = tape.input(stream, stream_width(recipe), needs_grad=needs_grad)
    y = run(tape, x)
    del x
    forward = tuple(tape.events)
    out = scale(y.numel, y.width)
    saved = _less(tape.live, out)
    backward, grads = _backward(tape, y)
    return _trace(saved, forward, ((), backward), grads, tape)


def _trace(
    saved: Size,
    forward: tuple[Size, ...],
    backward: tuple[tuple[Size, ...], tuple[Size, ...]],
    gradients: Size,
    tape: Tape,
) -> Trace:
    """Return a replay; ``backward`` are the events of the layer's own recompute, and its pass.

    The pass is parted at the last gradient of the experts, where they are a group of their own.
    """
    again, events = backward
    if tape.parted is None:
        return Trace(saved, forward, again + events, gradients)
    place, live = tape.parted
    first, after = again + events[:place], events[place:]
    return Trace(saved, forward, first, gradients, parted=live, after=after)


def _backward(tape: Tape, y: Tensor) -> tuple[tuple[Size, ...], Size]:
    tape.events = []
    gradient = Storage(tape, scale(y.numel, y.width))
    y.storage = None
    tape.backward(y, gradient)
    del gradient
    grads = ZERO
    for storage in tape.gradients:
        grads = add(grads, storage.size)
    return tuple(tape.events), grads


def _recomputed(run: Run, stream: Size, recipe: Recipe, needs_grad: bool) -> Trace:
    first = Tape(keep=False, held=recipe.held)
    x = first.input(stream, stream_width(recipe), needs_grad=needs_grad)
    y = run(first, x)
    out = scale(y.numel, y.width)
    first.nodes.clear()
    forward = tuple(first.events)
    saved = scale(stream, stream_width(recipe))
    again = Tape(held=recipe.held)
    x = again.input(stream, stream_width(recipe), needs_grad=needs_grad)
    gradient = Storage(again, out)
    again.events = []
    y = run(again, x)
    recompute = tuple(again.events[: again.last_save + 1] or [again.live])
    y.storage = None
    again.events = []
    again.backward(y, gradient)
    del gradient
    grads = ZERO
    for storage in again.gradients:
        grads = add(grads, storage.size)
    trace = _trace(saved, forward, (recompute, tuple(again.events)), grads, again)
    return replace(trace, cached=first.cached)


@by_identity
def loss_profile(model: Architecture, recipe: Recipe) -> Profile:
    """Return the profile of the final norm, the head and the loss."""
    traits = traits_of(model.family)
    tape = Tape(held=recipe.held)
    last = [tape.input(tokens(model.hidden / recipe.sequence_split), recipe.width, needs_grad=True)]
    y = loss(Weights(tape, recipe), traits, model, last)
    forward = envelope(tape.events)
    saved = _less(tape.live, scale(y.numel, y.width))
    backward, grads = _backward(tape, y)
    return Profile(saved, forward, envelope(backward), grads)


@by_identity
def embedding_profile(model: Architecture, recipe: Recipe, scaled: bool) -> Profile:
    """Return the profile of the embedding; ``forward`` is what it holds when it is done."""
    tape = Tape(held=recipe.held)
    x = embed(Weights(tape, recipe), model, scaled=scaled)
    forward = envelope(tape.events)
    saved = _less(tape.live, scale(x.numel, x.width))
    backward, grads = _backward(tape, x)
    return Profile(saved, forward, envelope(backward), grads)
