"""What ``fully_shard`` adds to a step: gathered layers, and the buffers of its collectives.

The order is that of torch's FSDP2 with its defaults (torch/distributed/fsdp/_fully_shard): each
layer is gathered before it runs and freed after it, the root (embedding, last norm, head) stays
gathered until its backward pass is over; the flat output of an all-gather lives until the next
one has been copied out; in backward the next layer is prefetched, and the input of a
reduce-scatter lives until the next reduce-scatter. ZeRO-3 is counted alike (arXiv 1910.02054,
2304.11277).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calculators.memory.training.moments import Part, Pass, Peak


@dataclass(frozen=True, slots=True)
class Shard:
    """Bytes of one group of parameters, padded to equal shards.

    ``gathered`` are the parameters, which the flat output of the all-gather equals, ``reduced``
    is the input of the reduce-scatter, ``gradient`` what one rank keeps of it. ``apart`` are the
    experts of a layer that are a group of their own, gathered within it when it is their turn.
    """

    gathered: float
    reduced: float
    gradient: float
    apart: Shard | None = None

    @property
    def last(self) -> Shard:
        """What of it is gathered last in the forward pass."""
        return self if self.apart is None else self.apart


@dataclass(frozen=True, slots=True)
class Sharded:
    """The groups that are gathered together: the root, and each run of layers of the pass.

    ``stream_width`` are a token's bytes of the residual stream; ``held`` whether gradients of
    earlier micro-steps are there. With ``replicas`` each shard of a gradient waits for its
    all-reduce in a tensor of its own, which is let go when backward is over. With ``stays`` a
    layer is not freed after its forward pass and not gathered again
    (``reshard_after_forward=False``).
    """

    root: Shard
    layers: Sequence[Shard]
    stream_width: int
    held: bool
    replicas: bool = False
    stays: bool = False


def sharded_peaks(passed: Pass, groups: Sharded, gradients: float) -> tuple[Peak, Peak]:
    """Return the peaks at the loss and in backward, beyond the states."""
    loss, backward = Peak(), Peak()
    shared = passed.input_bytes + passed.trig_bytes
    held = gradients if groups.held else 0.0
    saved = _forward(passed, groups, (shared + held, held), loss)
    _backward(passed, groups, (shared, held), saved, backward)
    return loss, backward


def _forward(passed: Pass, groups: Sharded, kept: tuple[float, float], peak: Peak) -> float:
    root, held = groups.root.gathered, kept[1]
    stream = groups.stream_width * passed.tokens
    base = kept[0] + passed.mask_bytes + root
    saved, flat, kept_whole = 0.0, groups.root.gathered, 0.0
    if base + flat > peak.bytes:
        peak.raise_to(base + flat, gradients=held, gathered=root + flat)
    if passed.embedding is not None:
        live = base + flat + passed.embedding.forward
        if live > peak.bytes:
            peak.raise_to(
                live, gradients=held, gathered=root + flat, layer=passed.embedding.forward
            )
        saved += passed.embedding.saved
    for (part, times), group in zip(passed.layers, groups.layers, strict=True):
        base += kept_whole
        root += kept_whole
        kept_whole = group.gathered * times if groups.stays else 0.0
        both = 2 * group.gathered
        arriving = base + saved + flat + both + stream
        gathered = root + flat + both
        if arriving > peak.bytes:
            peak.raise_to(arriving, gradients=held, saved=saved, gathered=gathered)
        flat = group.last.gathered
        if group.apart is not None:
            both = group.gathered + 2 * flat
            arriving = base + saved + group.gathered + both + stream
            gathered = root + group.gathered + both
            if arriving > peak.bytes:
                peak.raise_to(arriving, gradients=held, saved=saved, gathered=gathered)
        live, gathered = base + saved + both + part.forward, root + both
        if live > peak.bytes:
            peak.raise_to(live, gradients=held, saved=saved, gathered=gathered, layer=part.forward)
        saved += part.saved * times
    base += kept_whole
    root += kept_whole
    if passed.loss is not None:
        live = base + saved + flat + passed.loss.forward
        if live > peak.bytes:
            peak.raise_to(
                live, gradients=held, saved=saved, gathered=root + flat, head=passed.loss.forward
            )
    return saved


def _backward(
    passed: Pass, groups: Sharded, kept: tuple[float, float], saved: float, peak: Peak
) -> None:
    root, root_grads, reducing, shards = groups.root, 0.0, 0.0, kept[1]
    stream = groups.stream_width * passed.tokens
    base = kept[0] + root.gathered + passed.kept_mask_bytes
    pairs = list(zip(passed.layers, groups.layers, strict=True))
    flat = pairs[-1][1].gathered if pairs else 0.0  # prefetched; the forward pass's is gone
    whole = 0.0
    if groups.stays:
        whole = sum(group.gathered * times for (_, times), group in pairs)
        if passed.loss is not None:
            flat = 0.0
    base += whole
    if passed.loss is not None:
        root_grads = _through_loss(
            passed.loss, base + flat, (shards, saved, root.gathered + flat), peak
        )
    for index in range(len(pairs) - 1, -1, -1):
        (part, times), group = pairs[index]
        here = base + root_grads + shards + reducing
        both = 2 * group.gathered
        arriving = here + saved + both + stream
        gathered, grads = root.gathered + both, shards + root_grads
        if arriving > peak.bytes and not groups.stays:
            peak.raise_to(
                arriving, saved=saved, gathered=gathered, reduce=reducing, gradients=grads
            )
        if group.apart is not None and part.parted is not None:
            more = root.gathered, shards + root_grads, saved + stream, reducing
            _experts_arrive(group, here, more, peak)
        saved -= part.saved
        own = 0.0 if groups.stays else group.gathered
        flat = pairs[index - 1][1].gathered if index and not groups.stays else 0.0
        own += group.apart.gathered if group.apart is not None else 0.0
        gathered = root.gathered + whole + own + flat
        live = here + own + flat + saved + part.backward
        _runs_back(part, live, (saved, gathered, reducing, grads), peak)
        if groups.stays:
            base -= group.gathered * times
            whole -= group.gathered * times
        own_gradients = part.gradients
        keeps = groups.replicas or not groups.held
        if group.apart is not None and part.parted is not None:
            own_gradients -= group.apart.gathered
            here = base + root_grads + group.gathered + flat + saved
            kept_of = group.apart.gradient if keeps else 0.0
            more = root.gathered + group.gathered + flat, grads, saved, kept_of
            _experts_leave(group, part, (here, shards), more, peak)
            grads += kept_of
            shards += kept_of * times
        live = base + grads + flat + saved + stream + own_gradients + group.reduced
        _reduces(group, live, (saved, root.gathered + flat, grads + own_gradients), peak)
        reducing = group.reduced
        saved -= part.saved * (times - 1)
        shards += group.gradient * times if keeps else 0.0
    _root(passed, groups, (base, shards, root_grads, reducing), peak)


def _runs_back(
    part: Part, live: float, more: tuple[float, float, float, float], peak: Peak
) -> None:
    """Raise ``peak`` to when a layer runs backward."""
    if live > peak.bytes:
        saved, gathered, reducing, grads = more
        peak.raise_to(
            live,
            saved=saved,
            gathered=gathered,
            reduce=reducing,
            gradients=grads,
            layer=part.backward,
        )


def _reduces(group: Shard, live: float, more: tuple[float, float, float], peak: Peak) -> None:
    """Raise ``peak`` to when a layer's gradients are in their reduce-scatter."""
    if live > peak.bytes:
        saved, gathered, grads = more
        peak.raise_to(live, saved=saved, gathered=gathered, reduce=group.reduced, gradients=grads)


def _experts_arrive(
    group: Shard, here: float, more: tuple[float, float, float, float], peak: Peak
) -> None:
    """Raise ``peak`` to when a layer's experts are copied out of their all-gather in backward."""
    root, grads, saved, reducing = more
    gathered = group.gathered + 2 * group.last.gathered
    live = here + gathered + saved
    if live > peak.bytes:
        peak.raise_to(live, saved=saved, gathered=root + gathered, reduce=reducing, gradients=grads)


def _experts_leave(
    group: Shard,
    part: Part,
    held: tuple[float, float],
    more: tuple[float, float, float, float],
    peak: Peak,
) -> None:
    """Raise ``peak`` to when the experts' gradients are reduced, and to the layer's end after it.

    They are freed before, and the input of their reduce-scatter lives until the layer's own.
    """
    here, shards = held
    gathered, grads, saved, kept = more
    experts = group.last
    at, after = part.parted or (0.0, 0.0)
    for live, touched, gradients in (
        (here + shards, at, grads),
        (here + shards + kept, after - experts.gathered, grads + kept),
    ):
        total = live + touched + experts.reduced
        if total > peak.bytes:
            peak.raise_to(
                total, saved=saved, gathered=gathered, reduce=experts.reduced,
                gradients=gradients, layer=touched,
            )  # fmt: skip


def _through_loss(loss: Part, base: float, held: tuple[float, float, float], peak: Peak) -> float:
    """Return the gradients that the loss leaves; ``held``: gradients, saved, gathered (bytes)."""
    shards, saved, gathered = held
    live = base + shards + saved + loss.backward
    if live > peak.bytes:
        peak.raise_to(live, gradients=shards, saved=saved, gathered=gathered, head=loss.backward)
    return loss.gradients


def _root(
    passed: Pass, groups: Sharded, at_end: tuple[float, float, float, float], peak: Peak
) -> None:
    live, shards, grads, reducing = at_end
    live += shards
    root, tied = groups.root, passed.tied_bytes
    if passed.embedding is not None:
        own = passed.embedding.backward
        more = 2 * tied if tied else own
        if live + grads + reducing + more > peak.bytes:
            peak.raise_to(
                live + grads + reducing + more,
                gathered=root.gathered,
                reduce=reducing,
                gradients=grads + shards,
                embedding=more,
            )
        grads += 0.0 if tied else passed.embedding.gradients
    live -= root.gathered
    if live + grads + root.reduced > peak.bytes:
        peak.raise_to(live + grads + root.reduced, reduce=root.reduced, gradients=grads + shards)
    # the engine still holds the last gradient, the embedding's, when the shard arrives
    last = passed.embedding.gradients if passed.embedding is not None else 0.0
    live += root.reduced + root.gradient + last
    if live > peak.bytes:
        peak.raise_to(live, reduce=root.reduced, gradients=shards + root.gradient + last)
