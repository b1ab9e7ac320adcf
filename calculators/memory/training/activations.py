"""Activation functions: what torch's kernels and the composed ones of transformers save."""

from __future__ import annotations

from collections.abc import Callable

from calculators.memory.training.ops import FP32, Ops
from calculators.memory.training.tape import Tensor


def activate(ops: Ops, name: str, x: Tensor) -> Tensor:
    """Apply the activation ``name``; an unknown one is taken for a kernel that saves its input."""
    return _COMPOSED.get(name, _kernel)(ops, x)


def _kernel(ops: Ops, x: Tensor) -> Tensor:
    return ops.unary(x, saves="input")


def _relu(ops: Ops, x: Tensor) -> Tensor:
    return ops.unary(x, saves="output")


def _relu2(ops: Ops, x: Tensor) -> Tensor:
    return ops.unary(ops.unary(x, saves="output"), saves="input")


def _quick_gelu(ops: Ops, x: Tensor) -> Tensor:
    return ops.mul(x, ops.unary(ops.scaled(x), saves="output"))


def _gelu_new(ops: Ops, x: Tensor) -> Tensor:
    """0.5 · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))."""
    half = ops.scaled(x)
    inner = x if ops.autocast is None else ops.cast(x, FP32)
    inner = ops.scaled(ops.unary(inner, saves="input"))
    inner = ops.scaled(ops.add(x, inner))
    return ops.mul(half, ops.scaled(ops.unary(inner, saves="output")))


def _gelu_fast(ops: Ops, x: Tensor) -> Tensor:
    """0.5 · x · (1 + tanh(x · √(2/π) · (1 + 0.044715 · x · x)))."""
    half = ops.scaled(x)
    outer = ops.scaled(x)
    inner = ops.scaled(ops.mul(ops.scaled(x), x))
    inner = ops.mul(outer, inner)
    return ops.mul(half, ops.scaled(ops.unary(inner, saves="output")))


_COMPOSED: dict[str, Callable[[Ops, Tensor], Tensor]] = {
    "relu": _relu,
    "relu2": _relu2,
    "quick_gelu": _quick_gelu,
    "gelu_new": _gelu_new,
    "gelu_fast": _gelu_fast,
}
