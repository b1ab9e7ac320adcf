"""Architectures of decoder-only language models, exact to the parameter."""

from __future__ import annotations

from calculators.architecture.cache import (
    kept_tokens,
    kv_bytes_per_token,
    kv_cache_bytes,
    linear_state_bytes,
    uncompressed_kv_bytes,
)
from calculators.architecture.config import architecture_from_config
from calculators.architecture.model import (
    Architecture,
    Attention,
    FeedForward,
    Layer,
    LinearState,
    Norm,
)
from calculators.architecture.modules import Module
from calculators.architecture.typical import nearest_shape, typical_architecture

__all__ = [
    "Architecture",
    "Attention",
    "FeedForward",
    "Layer",
    "LinearState",
    "Module",
    "Norm",
    "architecture_from_config",
    "kept_tokens",
    "kv_bytes_per_token",
    "kv_cache_bytes",
    "linear_state_bytes",
    "nearest_shape",
    "typical_architecture",
    "uncompressed_kv_bytes",
]
