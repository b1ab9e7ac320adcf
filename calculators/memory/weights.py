"""Weights as a format really stores them: scales included, embeddings and head where kept."""

from __future__ import annotations

from calculators.architecture import Architecture, Module
from calculators.architecture_facts import fact
from calculators.case import Case
from calculators.formats import NumberFormat
from calculators.gguf import FILE_TYPES, gguf_bits_per_weight
from calculators.memory.inference_formulas import MIXED_WEIGHTS, STORED_WEIGHTS

KEPT_BITS = 16


def quantised_parameters(architecture: Architecture, scope: str) -> int:
    """Return how many parameters a format of ``scope`` is applied to."""
    if scope == "all":
        return architecture.parameters_total

    def count() -> int:
        return sum(
            sum(_touched(module, scope) for module in layer.modules) * number
            for layer, number in architecture.groups
        )

    return fact(architecture, f"quantised in {scope}", count)


def _touched(module: Module, scope: str) -> int:
    quantised = module.kind == "expert" if scope == "experts" else module.is_matrix
    return module.weight_parameters if quantised else 0


def stored_weight_bytes(case: Case) -> int:
    """Return the bytes of the weights in the case's ``weight_dtype``, noting the step."""
    model, stored = case.architecture, case.format("weight_dtype")
    total, bits = model.parameters_total, mean_bits(model, stored)
    if stored.scope == "all":
        return case.trail.bytes(STORED_WEIGHTS, n=total, w=_whole(bits))
    touched = quantised_parameters(model, stored.scope)
    return case.trail.bytes(
        MIXED_WEIGHTS, n_q=touched, w_q=_whole(bits), n_u=total - touched, w_u=KEPT_BITS
    )


def mean_bits(architecture: Architecture, stored: NumberFormat) -> float:
    """Return the bits of a weight; of a GGUF file the mean over this model's tensors."""
    if stored.kind not in ("mix", "block") or stored.id not in FILE_TYPES:
        return stored.bits_per_weight
    return fact(
        architecture,
        f"bits in {stored.id}",
        lambda: gguf_bits_per_weight(architecture, stored.id),
    )


def _whole(bits: float) -> float:
    return int(bits) if float(bits).is_integer() else bits


def rule_bytes_per_weight(stored: NumberFormat) -> float:
    """Return the bytes of a weight by the rule of thumb: its bits over eight.

    Scales beside the bits are left out, as the FAQ does; a GGUF type, of which the FAQ knows
    nothing, has no bits of its own and counts its published mean.
    """
    return (stored.bits or stored.mean_bits or stored.bits_per_weight) / 8
