"""What of a request shapes a training step, whatever its batch and sequence."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, NamedTuple

from calculators.requests import (
    AttentionKernel,
    Checkpointing,
    Code,
    Lora,
    Method,
    Offload,
    Optimizer,
    Precision,
    Request,
    Sharding,
)


class Setup(NamedTuple):
    """The fields of a request that a plan rests on beside micro batch and sequence."""

    precision: Precision | None
    grad_dtype: str | None
    weight_dtype: str | None
    optimizer: Optimizer | None
    method: Method | None
    lora: Lora | None
    attention: AttentionKernel | None
    checkpointing: Checkpointing | None
    code: Code | None
    grad_accumulation: int | None
    sharding: Sharding | None
    shard_group: int | None
    dp: int | None
    tp: int | None
    pp: int | None
    cp: int | None
    ep: int | None
    virtual_pp: int | None
    sequence_parallel: bool | None
    gpu_count: int | None
    offload: Offload | None


_values = itemgetter(*Setup._fields)


def setup_of(request: Request) -> Setup:
    """Return the setup of ``request``; it is hashed and compared much faster than the request."""
    fields: dict[str, Any] = request.__dict__
    return Setup._make(_values(fields))
