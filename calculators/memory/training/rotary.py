"""Rotary embeddings as the stock classes write them; cos and sin count nothing."""

from __future__ import annotations

from calculators.memory.training.ops import FP32, Ops
from calculators.memory.training.tape import ZERO, Tensor


def rotate(ops: Ops, style: str, x: Tensor, share: float, trig_width: float) -> Tensor:
    """Rotate ``share`` of each head of ``x``; ``trig_width`` is the stream's width."""
    if style == "none":
        return x
    wide = style in ("typed", "float")
    trig = Tensor(ZERO, FP32 if wide else trig_width, None, None)
    if style == "float":
        return ops.cast(_half(ops, ops.cast(x, FP32), trig), x.width)
    if style == "typed":
        return ops.cast(_half(ops, x, trig), x.width)
    if style == "partial":
        return _partial(ops, x, share, trig)
    if style in ("pairs", "chunks"):
        return _halves(ops, x, trig)
    return _complex(ops, x) if style == "complex" else _half(ops, x, trig)


def _half(ops: Ops, x: Tensor, trig: Tensor) -> Tensor:
    """Q · cos + rotate_half(q) · sin."""
    turned = ops.mul(x, trig)
    first, second = ops.part(x, 0.5), ops.part(x, 0.5)
    swapped = ops.cat((ops.scaled(second), first))
    other = ops.mul(swapped, trig)
    del swapped
    return ops.add(turned, other)


def _partial(ops: Ops, x: Tensor, share: float, trig: Tensor) -> Tensor:
    turned = _half(ops, ops.part(x, share), trig)
    return ops.cat((turned, ops.part(x, 1 - share)))


def _halves(ops: Ops, x: Tensor, trig: Tensor) -> Tensor:
    first, second = ops.part(x, 0.5), ops.part(x, 0.5)
    left = ops.add(ops.mul(first, trig), ops.mul(second, trig))
    right = ops.add(ops.mul(second, trig), ops.mul(first, trig))
    return ops.cat((left, right))


def _complex(ops: Ops, x: Tensor) -> Tensor:
    """Multiply as complex numbers in fp32 (DeepSeek-V2)."""
    wide = ops.cast(x, FP32)
    numbers = ops.unary(wide, saves="none")
    numbers = ops.mul(numbers, Tensor(ZERO, FP32, None, None))
    return ops.cast(numbers, x.width)
