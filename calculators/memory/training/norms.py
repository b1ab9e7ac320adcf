"""Normalisations as the stock classes write them."""

from __future__ import annotations

from calculators.architecture import Norm
from calculators.memory.training.ops import FP32
from calculators.memory.training.tape import Size, Tensor, scale
from calculators.memory.training.weights import Weights


def normalise(weights: Weights, style: str, norm: Norm, x: Tensor) -> Tensor:
    """Apply ``norm`` to the last dimension of ``x``; ``style`` is the family's trait."""
    rows = scale(x.numel, 1 / norm.width)
    if style == "cohere":
        return _cohere_norm(weights, norm, x, rows)
    if norm.kind == "layernorm" or style == "layer":
        return _layer_norm(weights, norm, x, rows, wide=style == "layer_fp32")
    if style == "gemma":
        return _gemma_norm(weights, norm, x, rows)
    return _llama_norm(weights, norm, x, rows, wide=style == "wide")


def _layer_norm(weights: Weights, norm: Norm, x: Tensor, rows: Size, *, wide: bool) -> Tensor:
    count = (2 if norm.bias else 1) if norm.affine else 0
    params = tuple(weights.parameter(norm.name, norm.width) for _ in range(count))
    if not wide:
        return weights.ops.layer_norm(x, rows, params)
    out = weights.ops.layer_norm(weights.ops.cast(x, FP32), rows, params)
    return weights.ops.cast(out, x.width)


def _llama_norm(weights: Weights, norm: Norm, x: Tensor, rows: Size, *, wide: bool) -> Tensor:
    """Normalise in fp32; the gain comes before the cast back (``wide``) or after it."""
    ops = weights.ops
    inner = ops.cast(x, FP32)
    factor = _inverse_root(weights, inner, rows)
    inner = ops.mul(inner, factor)
    del factor
    if wide:
        gained = ops.mul(inner, weights.parameter(norm.name, norm.width))
        return ops.cast(gained, x.width)
    narrow = ops.cast(inner, x.width)
    if not norm.affine:
        return narrow
    return ops.mul(narrow, weights.parameter(norm.name, norm.width))


def _cohere_norm(weights: Weights, norm: Norm, x: Tensor, rows: Size) -> Tensor:
    """(x - mean) / std · gain in fp32, written out."""
    ops = weights.ops
    wide = ops.cast(x, FP32)
    mean = ops.reduce(wide, rows)
    factor = _inverse_root(weights, ops.broadcast_add(wide, mean), rows)
    wide = ops.mul(ops.broadcast_add(wide, mean), factor)
    del mean, factor
    wide = ops.mul(wide, ops.cast(weights.parameter(norm.name, norm.width), FP32))
    return ops.cast(wide, x.width)


def _gemma_norm(weights: Weights, norm: Norm, x: Tensor, rows: Size) -> Tensor:
    ops = weights.ops
    wide = ops.cast(x, FP32)
    wide = ops.mul(wide, _inverse_root(weights, wide, rows))
    if norm.affine:
        gain = ops.cast(weights.parameter(norm.name, norm.width), FP32)
        gain = ops.scaled(gain)
        wide = ops.mul(wide, gain)
    return ops.cast(wide, x.width)


def _inverse_root(weights: Weights, wide: Tensor, rows: Size) -> Tensor:
    """rsqrt(mean(x²) + eps), one number a row."""
    ops = weights.ops
    squares = ops.unary(wide, saves="input")
    mean = ops.reduce(squares, rows)
    del squares
    return ops.unary(ops.scaled(mean), saves="output")
