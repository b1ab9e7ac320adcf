"""The peak that a job is measured against: the card's dense FLOPS in its compute format."""

from __future__ import annotations

from calculators.case import EXAMPLE_CARDS, Case
from calculators.errors import ContradictoryRequest, MissingValue
from calculators.text import Text


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
    if peak is None:
        raise ContradictoryRequest(
            Text(
                f"{case.gpu.name} has no {name} tensor cores.",
                f"{case.gpu.name} 没有 {name} 计算单元。",
            ),
            field="precision",
        )
    return peak
