"""The peak that a job is measured against: the card's dense FLOPS in its compute format."""

from __future__ import annotations

from calculators.case import EXAMPLE_CARDS, Case
from calculators.errors import ContradictoryRequest, MissingValue
from calculators.formats import NumberFormat
from calculators.text import Text

NARROW: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("fp8", "fp8-e5m2", "fp8-b128", "mxfp8"), ("fp8",)),
    (("mxfp4", "nvfp4"), ("fp4", "fp8")),
)
"""Weights stored as narrow floats, and what engines multiply them in where the card can."""
MULTIPLIED_IN: dict[str, tuple[str, ...]] = {"block": ("int8",), "mix": ("int8",)}
"""llama.cpp multiplies GGUF blocks as int8 (its MMQ kernels; ggml-org/llama.cpp, pull 7676)."""


def knows_peak(case: Case) -> bool:
    """Whether a peak can be had: a card, or a peak as stated."""
    return case.knows_card or case.given("peak_tflops")


def compute_format(case: Case) -> str:
    """Return the format that matrix products run in, by precision and card.

    FLOPS that were measured in a named format are that format's. Weights stored in fp8 are
    multiplied in fp8 where the card does so; other narrow formats only store.
    """
    half = "bf16" if case.gpu is None or case.gpu.supports_bf16 else "fp16"
    if case.request.calculator == "utilization_flops":
        return _named_format(case) or half
    precision, weights = case.get("precision"), case.get("weight_dtype")
    if precision is not None:
        wanted = precision.removeprefix("amp_").removeprefix("mixed_")
        return half if wanted == "int8" else wanted
    if weights in ("fp32", "fp16", "bf16"):
        return str(weights)
    if weights == "fp8" and case.gpu is not None and case.gpu.supports_fp8:
        return "fp8"
    return half


def _named_format(case: Case) -> str | None:
    """Return the format that the request names, as the registry calls it."""
    if case.request.precision is not None:
        return case.request.precision.removeprefix("amp_").removeprefix("mixed_")
    return case.format("weight_dtype").id if case.given("weight_dtype") else None


def peak_flops(case: Case) -> float:
    """Return the dense peak in FLOP/s; raise MissingValue without a card.

    Raises ContradictoryRequest when the card has no peak in the format asked for.
    """
    if case.given("peak_tflops"):
        return float(case.get("peak_tflops")) * 1e12
    if case.gpu is None:
        raise MissingValue(
            Text(
                "Which card? The peak FLOPS depend on it.",
                "哪种显卡？峰值算力取决于显卡。",
            ),
            field="gpu",
            choices=EXAMPLE_CARDS,
        )
    name = compute_format(case)
    peak = case.gpu.peak_flops(name)
    if peak is None and name == "bf16" and case.get("precision") is None:
        peak = case.gpu.peak_flops("fp16")
    if name == "fp16" and not case.gpu.has_tensor_cores and _named_format(case) != "fp16":
        # cuBLAS multiplies 16-bit matrices there with fp32 arithmetic, where that is faster.
        peak = max(peak or 0.0, case.gpu.peak_flops("fp32") or 0.0)
    if peak is None:
        raise ContradictoryRequest(
            Text(
                f"{case.gpu.name} has no {name} tensor cores.",
                f"{case.gpu.name} 没有 {name} 计算单元。",
            ),
            field="precision",
        )
    return peak


def fastest_flops(case: Case) -> float:
    """Return the most FLOP/s with which the card can multiply the case's weights, for a bound.

    W8A8 (vLLM, TensorRT-LLM) and GGUF blocks (llama.cpp) are multiplied as eight-bit integers, so
    the card's int8 peak counts where it is higher. Formats that only store (GPTQ, AWQ, nf4, a
    stated mean of bits) are unpacked, and multiplied in 16 bits.
    """
    peak = peak_flops(case)
    stored = case.format("weight_dtype") if case.get("weight_dtype") is not None else None
    if stored is None or case.gpu is None or case.given("peak_tflops"):
        return peak
    return max(peak, *(case.gpu.peak_flops(name) or 0.0 for name in _narrow(stored)), 0.0)


def _narrow(stored: NumberFormat) -> tuple[str, ...]:
    """Return the formats below 16 bits that weights stored so may be multiplied in."""
    if stored.id == "int8":
        return ("int8",)
    named = next((into for names, into in NARROW if stored.id in names), None)
    return named if named is not None else MULTIPLIED_IN.get(stored.kind, ())
