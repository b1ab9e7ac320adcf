"""Operators of the shadow autograd: what each allocates, saves and returns on the way back."""

from __future__ import annotations

from calculators.memory.training.ring import ring_backward, ring_forward
from calculators.memory.training.tape import Size, Storage, Tape, Tensor, add, scale

FP32 = 4


class Ops:
    """Operators on one tape. ``autocast`` is the width that CUDA's autocast computes in, if on.

    With ``keeps_inputs`` linear layers save both factors, needed or not, as DeepSpeed's own
    function for them does under ZeRO-3 (deepspeed/runtime/zero/linear.py).
    """

    def __init__(
        self, tape: Tape, autocast: int | None = None, *, keeps_inputs: bool = False
    ) -> None:
        self.tape = tape
        self.autocast = autocast
        self.keeps_inputs = keeps_inputs

    def _new(self, numel: Size, width: float) -> Tensor:
        return self.tape.empty(numel, width)

    def unary(self, x: Tensor, *, saves: str = "none", width: float | None = None) -> Tensor:
        """Apply an elementwise function; it ``saves`` its input, output, both or none."""
        tape = self.tape
        out = self._new(x.numel, x.width if width is None else width)
        saved: tuple[Tensor, ...] = ()
        if saves in ("input", "both"):
            saved += (x,)
        if saves in ("output", "both"):
            saved += (out,)
        numel, wide = x.numel, x.width

        def backward(g: Storage) -> tuple[Storage]:
            return (Storage(tape, scale(numel, wide)),)

        return tape.apply(out, (x,), backward, saved)

    def cast(self, x: Tensor, width: float) -> Tensor:
        """``x.to(dtype)``: nothing when the width is the same."""
        return x if x.width == width else self.unary(x, width=width)

    def view(self, x: Tensor, numel: Size | None = None) -> Tensor:
        """Return a view of all of ``x``: no bytes, the gradient passes."""
        out = Tensor(x.numel if numel is None else numel, x.width, x.storage, None)
        return self.tape.apply(out, (x,), _passed)

    def part(self, x: Tensor, fraction: float) -> Tensor:
        """Return a slice: no bytes forward; backward fills a whole tensor with zeros around it."""
        tape = self.tape
        out = Tensor(scale(x.numel, fraction), x.width, x.storage, None)
        size = scale(x.numel, x.width)
        return tape.apply(out, (x,), lambda g: (Storage(tape, size),))

    def split(self, x: Tensor, fractions: tuple[float, ...]) -> tuple[Tensor, ...]:
        """Return views by ``split``/``chunk``; backward concatenates their gradients once."""
        tape = self.tape
        size = scale(x.numel, x.width)
        base = Tensor(x.numel, x.width, x.storage, None)
        tape.apply(base, (x,), lambda g: (Storage(tape, size),))
        if base.node is not None:
            base.node.collects = True
        outs = tuple(Tensor(scale(x.numel, f), x.width, x.storage, None) for f in fractions)
        return tuple(tape.apply(out, (base,), _passed) for out in outs)

    def copy(self, x: Tensor, numel: Size | None = None) -> Tensor:
        """``contiguous``/``clone``/``reshape`` that must copy."""
        out = self._new(x.numel if numel is None else numel, x.width)
        return self.tape.apply(out, (x,), _passed)

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        """Return a + b for one shape; the wider type wins."""
        tape = self.tape
        out = self._new(a.numel, max(a.width, b.width))
        casts = tuple(None if t.width == out.width else scale(t.numel, t.width) for t in (a, b))

        def backward(g: Storage) -> tuple[Storage, ...]:
            return tuple(g if size is None else Storage(tape, size) for size in casts)

        return tape.apply(out, (a, b), backward)

    def broadcast_add(self, a: Tensor, b: Tensor) -> Tensor:
        """Add one number a row, ``b``, to ``a``."""
        tape = self.tape
        out = self._new(a.numel, a.width)
        size = scale(b.numel, b.width)
        return tape.apply(out, (a, b), lambda g: (g, Storage(tape, size)))

    def mul(self, a: Tensor, b: Tensor, *, numel: Size | None = None) -> Tensor:
        """Return a · b; ``b`` may be broadcast against the larger ``a``."""
        tape = self.tape
        out = self._new(a.numel if numel is None else numel, max(a.width, b.width))
        saved = _kept(a, b)
        whole = scale(out.numel, out.width)
        plan = [
            (
                t.node is not None,
                t.numel != out.numel or t.width != out.width,
                scale(t.numel, t.width),
            )
            for t in (a, b)
        ]

        def backward(g: Storage) -> list[Storage | None]:
            grads: list[Storage | None] = []
            for needed, reduced, size in plan:
                if not needed:
                    grads.append(None)
                    continue
                full = Storage(tape, whole)
                grads.append(Storage(tape, size) if reduced else full)
                del full
            return grads

        return tape.apply(out, (a, b), backward, saved)

    def scaled(self, x: Tensor) -> Tensor:
        """X times a number, or plus one: nothing saved."""
        return self.unary(x)

    def reduce(self, x: Tensor, numel: Size, *, view: bool = False) -> Tensor:
        """Mean or sum; the gradient of a mean is a new tensor, that of a sum a view."""
        tape = self.tape
        out = self._new(numel, x.width)
        whole = scale(x.numel, x.width)
        return tape.apply(out, (x,), _passed if view else lambda g: (Storage(tape, whole),))

    def added_in_place(self, x: Tensor, bias: Tensor) -> None:
        """X += bias, with the bias already gathered for each row."""
        if bias.node is not None and x.node is not None:
            produced = Tensor(x.numel, x.width, x.storage, x.node)
            self.tape.apply(x, (produced, bias), lambda g: (g, g))

    def matmul(self, a: Tensor, b: Tensor, numel: Size) -> Tensor:
        """Return a batched product of two activations."""
        tape = self.tape
        a, b = self._lower(a), self._lower(b)
        out = self._new(numel, a.width)
        saved = _kept(a, b)
        sizes = _needed((a, b))

        def backward(g: Storage) -> list[Storage | None]:
            return [None if size is None else Storage(tape, size) for size in sizes]

        return tape.apply(out, (a, b), backward, saved)

    def _lower(self, x: Tensor) -> Tensor:
        return x if self.autocast is None else self.cast(x, self.autocast)

    def linear(self, x: Tensor, weight: Tensor, numel: Size, bias: Tensor | None = None) -> Tensor:
        """X · weightᵀ (+ bias); under autocast both in 16 bits."""
        if self.autocast is not None:
            x = self.cast(x, self.autocast)
            weight = self._cached(weight, self.autocast)
            bias = None if bias is None else self._cached(bias, self.autocast)
        return self.plain_linear(x, weight, numel, bias)

    def _cached(self, weight: Tensor, width: float) -> Tensor:
        """Autocast keeps the copy of a trained leaf until the forward pass is over."""
        copy = self.cast(weight, width)
        if weight.parameter and weight.needs_grad and copy is not weight:
            self.tape.cached += copy.numel[0] * width
        return copy

    def plain_linear(
        self, x: Tensor, weight: Tensor, numel: Size, bias: Tensor | None = None
    ) -> Tensor:
        """Return a linear layer in the types given."""
        tape = self.tape
        out = self._new(numel, x.width)
        saved = (x, weight) if self.keeps_inputs else _kept(x, weight)
        inputs = (x, weight) if bias is None else (x, weight, bias)
        sizes = _needed(inputs)

        def backward(g: Storage) -> list[Storage | None]:
            return [None if size is None else Storage(tape, size) for size in sizes]

        return tape.apply(out, inputs, backward, saved)

    def layer_norm(self, x: Tensor, rows: Size, params: tuple[Tensor, ...]) -> Tensor:
        """Fused layer norm: saves its input and two statistics a row."""
        tape = self.tape
        if self.autocast is not None:
            x = self.cast(x, FP32)
        out = self._new(x.numel, x.width)
        stats = self._new(scale(rows, 2), FP32)
        inputs = (x, *params)
        sizes = _needed(inputs)

        def backward(g: Storage) -> list[Storage | None]:
            return [None if size is None else Storage(tape, size) for size in sizes]

        return tape.apply(out, inputs, backward, (x, stats))

    def softmax(self, x: Tensor, width: float) -> Tensor:
        """Softmax in ``width``: saves its result."""
        x = self.cast(x, width)
        return self.unary(x, saves="output")

    def dropout(self, x: Tensor, p: float) -> Tensor:
        """CUDA's dropout: a one-byte mask is saved."""
        if not p:
            return x
        tape = self.tape
        out = self._new(x.numel, x.width)
        mask = self._new(x.numel, 1)
        size = scale(x.numel, x.width)
        return tape.apply(out, (x,), lambda g: (Storage(tape, size),), (mask,))

    def attention_core(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        extra: tuple[Tensor, ...],
        sizes: tuple[Size, Size],
        ring: int = 1,
    ) -> Tensor:
        """Run a fused kernel: it saves q, k, v, its output and a log-sum-exp a row.

        ``sizes`` are the elements of those two. Over a ring of cards the keys and values of all
        of them are gathered, and each card's part of the result is merged in fp32.
        """
        tape = self.tape
        if ring > 1:
            ring_forward(tape, (q, k, v), ring)
        out = self._new(sizes[0], q.width)
        stats = self._new(sizes[1], FP32)
        grads = tuple(scale(t.numel, t.width) if t.needs_grad else None for t in (q, k, v))

        def backward(g: Storage) -> tuple[Storage | None, ...]:
            if ring > 1:
                ring_backward(tape, (q_size, k_size, v_size), ring)
            return tuple(None if size is None else Storage(tape, size) for size in grads)

        q_size, k_size, v_size = (scale(t.numel, t.width) for t in (q, k, v))

        return tape.apply(out, (q, k, v), backward, (q, k, v, out, stats, *extra))

    def lower(self, x: Tensor) -> Tensor:
        """Return the cast that autocast puts before a product."""
        return self._lower(x)

    def shifted(self, x: Tensor, bias: Tensor) -> Tensor:
        """X + a vector."""
        tape = self.tape
        out = self._new(x.numel, x.width)
        size = scale(bias.numel, bias.width)
        return tape.apply(out, (x, bias), lambda g: (g, Storage(tape, size)))

    def gathered(self, x: Tensor) -> Tensor:
        """Advanced indexing: a copy forward, zeros around the gradient backward."""
        tape = self.tape
        out = self._new(x.numel, x.width)
        size = scale(x.numel, x.width)
        return tape.apply(out, (x,), lambda g: (Storage(tape, size),))

    def indexed(self, x: Tensor, numel: Size, index: Tensor) -> Tensor:
        """Rows of ``x`` picked by ``index``, which is saved."""
        tape = self.tape
        out = self._new(numel, x.width)
        size = scale(x.numel, x.width)
        return tape.apply(out, (x,), lambda g: (Storage(tape, size),), (index,))

    def expanded(self, x: Tensor, groups: float) -> Tensor:
        """K or V repeated for each query head of its group, or any change of extent by a copy."""
        if groups == 1:
            return x
        tape = self.tape
        out = self._new(scale(x.numel, groups), x.width)
        size = scale(x.numel, x.width)
        return tape.apply(out, (x,), lambda g: (Storage(tape, size),))

    def folded(self, weight: Tensor, down: Tensor, up: Tensor) -> Tensor:
        """Return weight + up · down, a whole weight of its own, as peft folds adapted experts."""
        tape = self.tape
        down, up = self.cast(down, weight.width), self.cast(up, weight.width)
        out = self._new(weight.numel, weight.width)
        sizes = tuple(scale(t.numel, t.width) for t in (down, up))
        return tape.apply(
            out, (down, up), lambda g: tuple(Storage(tape, size) for size in sizes), (down, up)
        )

    def filled(self, numel: Size, parts: tuple[Tensor, ...]) -> Tensor:
        """Return an empty tensor into which ``parts`` are copied; backward clones each share."""
        tape = self.tape
        out = self._new(numel, parts[0].width)
        sizes = tuple(scale(part.numel, part.width) for part in parts)
        return tape.apply(out, parts, lambda g: tuple(Storage(tape, size) for size in sizes))

    def cat(self, parts: tuple[Tensor, ...]) -> Tensor:
        """Concatenate; backward hands out views of the gradient."""
        numel = parts[0].numel
        for other in parts[1:]:
            numel = add(numel, other.numel)
        out = self._new(numel, parts[0].width)
        count = len(parts)
        return self.tape.apply(out, parts, lambda g: (g,) * count)


def _kept(a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """Return what a product saves: each factor, where the other has a gradient."""
    if b.node is None:
        return () if a.node is None else (b,)
    return (a,) if a.node is None else (a, b)


def _needed(tensors: tuple[Tensor, ...]) -> list[Size | None]:
    """Return the bytes of the tensors' gradients; None for what has none."""
    return [None if t.node is None else scale(t.numel, t.width) for t in tensors]


def _passed(g: Storage) -> tuple[Storage]:
    return (g,)
