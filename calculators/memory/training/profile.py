"""What one layer, the embedding and the loss keep and touch: replayed once, then evaluated.

A profile is independent of batch and sequence; :func:`calculators.memory.training.tape.at`
turns its sizes into bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    family, hidden, dropout = model
    recomputed, needs_grad = options
    if layer.passed_by:
        return passing(hidden, recipe)
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


def _kept(run: Run, stream: Size, recipe: Recipe, needs_grad: bool) -> Profile:
    tape = Tape(held=recipe.held)
    x = tape.input(stream, stream_width(recipe), needs_grad=needs_grad)
    y = run(tape, x)
    del x
    forward = envelope(tape.events)
    out = scale(y.numel, y.width)
    saved = _less(tape.live, out)
    backward, grads = _backward(tape, y)
    return Profile(saved, forward, _first(backward, tape), grads, parted=_parted(backward, tape))


def _first(events: tuple[Size, ...], tape: Tape) -> tuple[Size, ...]:
    """Return the events up to the last gradient of the experts; all where they are not apart."""
    return envelope(events if tape.parted is None else events[: tape.parted[0]])


def _parted(events: tuple[Size, ...], tape: Tape) -> Parted | None:
    if tape.parted is None:
        return None
    place, live = tape.parted
    return Parted(live, envelope((live, *events[place:])))


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


def _recomputed(run: Run, stream: Size, recipe: Recipe, needs_grad: bool) -> Profile:
    first = Tape(keep=False, held=recipe.held)
    x = first.input(stream, stream_width(recipe), needs_grad=needs_grad)
    y = run(first, x)
    out = scale(y.numel, y.width)
    first.nodes.clear()
    forward = envelope(first.events)
    saved = scale(stream, stream_width(recipe))
    again = Tape(held=recipe.held)
    x = again.input(stream, stream_width(recipe), needs_grad=needs_grad)
    gradient = Storage(again, out)
    again.events = []
    y = run(again, x)
    again.events = again.events[: again.last_save + 1] or [again.live]
    recompute = envelope(again.events)
    y.storage = None
    again.events = []
    again.backward(y, gradient)
    del gradient
    grads = ZERO
    for storage in again.gradients:
        grads = add(grads, storage.size)
    again_events = tuple(again.events)
    events = envelope((*recompute, *_first(again_events, again)))
    return Profile(saved, forward, events, grads, first.cached, _parted(again_events, again))


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
