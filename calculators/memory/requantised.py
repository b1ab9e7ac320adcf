"""Formats that frozen weights under adapters may be packed in: NF4, int8, GPTQ and so on."""

from __future__ import annotations

from calculators.architecture import Architecture
from calculators.cached import find_format
from calculators.memory.weights import mean_bits
from calculators.requests import Request

PACKED = "nf4-dq"
"""NF4 with double quantisation (arXiv 2305.14314, section 3), when QLoRA names no other."""
HALF_BITS = 16
ROW_SCALE_BITS = 32


def packs_weights(request: Request) -> bool:
    """Whether the frozen weights are in a format of less than 16 bits."""
    if request.method == "qlora":
        return True
    stored = request.weight_dtype
    return (
        request.method == "lora"
        and stored is not None
        and find_format(stored).bits_per_weight < HALF_BITS
    )


def number_bytes(weight_dtype: str | None) -> float:
    """Return the bytes of a packed weight's number alone, which is sharded; scales are not."""
    stored = find_format(weight_dtype or PACKED)
    return stored.bits / 8 if stored.bits else stored.bytes_per_weight


def packed_bytes(weight_dtype: str | None, architecture: Architecture) -> float:
    """Return the bytes of a packed weight; LLM.int8() keeps an fp32 scale for each row besides."""
    stored = find_format(weight_dtype or PACKED)
    if stored.id != "int8":
        return mean_bits(architecture, stored) / 8
    linear = [
        (module, count)
        for layer, count in architecture.groups
        for module in layer.modules
        if module.kind == "linear"
    ]
    rows = sum(module.rows * module.count * count for module, count in linear)
    weights = sum(module.weight_parameters * count for module, count in linear)
    return (stored.bits_per_weight + ROW_SCALE_BITS * rows / weights) / 8
