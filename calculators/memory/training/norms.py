"""Normalisations as the stock classes write them."""

from __future__ import annotations

from calculators.architecture import Norm
from calculators.memory.training.ops import FP32
from calculators.memory.training.tape import Size, Tensor, scale
from calculators.memory.training.weights import Weights


def normalise(weights: Weights, style: str, norm: Norm, x: Tensor) -> Tensor:
    """Apply ``norm`` to the last dimension of ``x``; ``style`` is the family's trait."""
    rows = scale(x.numel, 1 / norm.width)
    if norm.kind == "layernorm" or style == "layer":
        return _layer_norm(weights, norm, x, rows)
    if style == "gemma":
        return _gemma_norm(weights, norm, x, rows)
    return _llama_norm(weights, norm, x, rows)


def _layer_norm(weights: Weights, norm: Norm, x: Tensor, rows: Size) -> Tensor:
    count = (2 if norm.bias else 1) if norm.affine else 0
    params = tuple(weights.parameter(norm.name, norm.width) for _ in range(count))
    return weights.ops.layer_norm(x, rows, params)


def _llama_norm(weights: Weights, norm: Norm, x: Tensor, rows: Size) -> Tensor:
    ops = weights.ops
    wide = ops.cast(x, FP32)
    factor = _inverse_root(weights, wide, rows)
    wide = ops.mul(wide, factor)
    del factor
    narrow = ops.cast(wide, x.width)
    if not norm.affine:
        return narrow
    return ops.mul(narrow, weights.parameter(norm.name, norm.width))


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
