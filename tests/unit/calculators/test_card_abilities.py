"""What a card can do, as yes or no: fp8 since compute capability 8.9, bf16 since 8.0 (NVIDIA)."""

from __future__ import annotations

import pytest

from calculators import calculate, parse_request


@pytest.mark.parametrize(
    ("gpu", "attribute", "answer"),
    [
        ("H20", "fp8", "yes"),
        ("L40S", "fp8", "yes"),
        ("A100", "fp8", "no"),
        ("V100", "fp8", "no"),
        ("A100", "bf16", "yes"),
        ("T4", "bf16", "no"),
    ],
)
def test_number_formats(gpu: str, attribute: str, answer: str) -> None:
    request = parse_request({"calculator": "gpu_info", "gpu": gpu, "attribute": attribute})
    found = calculate(request)
    assert (found.value, found.verdict) == (answer, answer)
    assert attribute in found.headline.zh
