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


@pytest.mark.parametrize(
    ("gpu", "attribute", "answer", "words"),
    [
        # flash-attention's README: 1 from Turing on, 2 from Ampere on, 3 on Hopper alone.
        ("T4", "flash_attention", "yes", ", up to version 1"),
        ("T4", "flash_attention_2", "no", "; up to version 1"),
        ("RTX 3090", "flash_attention_2", "yes", "Yes: "),
        ("A100", "flash_attention_3", "no", "; up to version 2"),
        ("H100", "flash_attention_3", "yes", "Yes: "),
        ("V100", "flash_attention_2", "no", " (Turing or newer is needed)"),
    ],
)
def test_flash_attention_by_version(gpu: str, attribute: str, answer: str, words: str) -> None:
    request = parse_request({"calculator": "gpu_info", "gpu": gpu, "attribute": attribute})
    found = calculate(request)
    assert (found.value, found.verdict) == (answer, answer)
    assert words in found.headline.en
    assert found.headline.en.startswith(f"{answer.capitalize()}: ")
    assert ("不支持" in found.headline.zh) == (answer == "no")
