"""What attention over a sequence that cards share needs while it runs (arXiv 2310.01889).

As torch's ``context_parallel`` runs it with its defaults
(torch/distributed/tensor/experimental/_context_parallel/_attention.py): the keys and values of all
cards are gathered at once, what each of them contributes is merged in fp32, and the gradients of
keys and values travel in fp32. Balanced over a causal mask, a later card adds to half of the rows.
"""

from __future__ import annotations

from calculators.memory.training.tape import Size, Storage, Tape, Tensor, add, scale

WIDER = 2
"""An fp32 number beside the 16-bit one that the kernel takes."""


def ring_forward(tape: Tape, qkv: tuple[Tensor, Tensor, Tensor], cards: int) -> None:
    """Allocate, and let go, what the forward pass needs beside its inputs and its result."""
    query, keys, values = (scale(t.numel, t.width) for t in qkv)
    both = add(keys, values)
    held = [Storage(tape, both), Storage(tape, scale(both, cards))]
    merged = Storage(tape, scale(query, WIDER))
    half = scale(query, 0.5)
    held += [Storage(tape, half), Storage(tape, scale(half, WIDER))]
    changed = Storage(tape, scale(half, WIDER))
    grown = Storage(tape, scale(query, WIDER))
    del held, merged, changed, grown


def ring_backward(tape: Tape, sizes: tuple[Size, Size, Size], cards: int) -> None:
    """Allocate, and let go, what the backward pass needs beside the gradients that it returns."""
    query, keys, values = sizes
    both = add(keys, values)
    held = [Storage(tape, scale(both, cards)), Storage(tape, both)]
    query_gradient = Storage(tape, scale(query, WIDER))
    held += [Storage(tape, scale(query, 0.5)), Storage(tape, both)]
    # what came from the card before, what is sent on with this card's part, and what arrives
    held += [Storage(tape, scale(both, WIDER)) for _ in range(3)]
    updated = Storage(tape, scale(query, WIDER))
    del held, query_gradient, updated
