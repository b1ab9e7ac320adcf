"""Cards side by side, after NVIDIA's datasheets of A100 and H100 SXM and V100 SXM2."""

from __future__ import annotations

import pytest

from calculators import Calculation, Request, calculate


def compare(*gpus: str, **fields: object) -> Calculation:
    return calculate(Request.model_validate({"calculator": "compare_gpu", "gpus": gpus} | fields))


def test_every_figure_of_each_card_and_the_ratio() -> None:
    rows = {row["attribute"]: row for row in compare("A100", "H100").details["comparison"]}
    assert rows["flops"]["values"] == (312, 989.4)
    assert rows["flops"]["ratio"] == pytest.approx(989.4 / 312)
    assert rows["bandwidth"]["values"] == (2039, 3350)
    assert rows["link"]["values"] == (300, 450)  # NVLink 600 and 900 GB/s, both directions
    assert rows["tdp"]["values"] == (400, 700)
    assert rows["compute_capability"]["values"] == (8.0, 9.0)
    assert rows["compute_capability"]["ratio"] is None
    assert "A100 80GB SXM4 8.0; H100 80GB SXM5 9.0" in rows["compute_capability"]["line"]["en"]
    assert rows["fp8"]["values"] == (None, 1978.9)
    assert rows["fp8"]["ratio"] is None


def test_the_headline_starts_with_a_capital_and_gives_the_ratio() -> None:
    answer = compare("A100", "H100")
    assert answer.headline.en == (
        "Dense 16-bit peak: H100 80GB SXM5 989.4 TFLOPS; A100 80GB SXM4 312 TFLOPS (3.17×)"
    )
    assert answer.headline.zh.startswith("16 位稠密峰值算力：H100")
    assert answer.headline.zh.endswith("（3.17 倍）")


@pytest.mark.parametrize(
    ("cards", "headline"),
    [
        # The A800 is the A100 with 8 of its 12 links: 400 GB/s in place of 600.
        (("A800", "A100"), "NVLink, both directions: A100 80GB SXM4 600 GB/s; A800 80GB 400 GB/s"),
        (("H100", "H200"), "Memory: H200 141GB SXM"),
    ],
)
def test_cards_of_equal_flops_are_compared_by_what_tells_them_apart(cards, headline) -> None:
    answer = compare(*cards)
    assert answer.headline.en.startswith(headline)
    assert "their 16-bit FLOPS are equal" in answer.assumptions[0].text.en


def test_lines_of_the_comparison_are_in_both_languages() -> None:
    lines = [row["line"] for row in compare("V100", "RTX 4090").details["comparison"]]
    fp8 = next(line for line in lines if "fp8" in line["en"])
    assert fp8["en"] == "Dense fp8 peak: V100 32GB SXM2 none; RTX 4090 24GB 330.3 TFLOPS"
    assert fp8["zh"].endswith("V100 32GB SXM2 不支持；RTX 4090 24GB 330.3 TFLOPS")


@pytest.mark.parametrize(
    ("fields", "headline"),
    [
        # Dense peaks of NVIDIA's datasheets: int8 624 and 1,979 TOPS, tf32 156 and 494.7 TFLOPS.
        ({"weight_dtype": "int8"}, "Dense int8 peak: H100 80GB SXM5 1,978.9 TFLOPS; A100 80GB"),
        ({"weight_dtype": "tf32"}, "Dense tf32 peak: H100 80GB SXM5 494.7 TFLOPS; A100 80GB"),
        ({"attribute": "bf16"}, "Dense bf16 peak: H100 80GB SXM5 989.4 TFLOPS; A100 80GB SXM4 312"),
        ({"weight_dtype": "fp16"}, "Dense 16-bit peak: H100 80GB SXM5 989.4 TFLOPS; A100 80GB"),
        # No peak of these is on record for either card.
        ({"weight_dtype": "nf4"}, "Dense 16-bit peak: H100 80GB SXM5 989.4 TFLOPS; A100 80GB"),
    ],
)
def test_a_named_format_is_what_the_cards_are_compared_by(fields, headline) -> None:
    assert compare("A100", "H100", **fields).headline.en.startswith(headline)


def test_a_card_without_the_format_has_no_peak_of_it() -> None:
    answer = compare("V100", "A100", attribute="bf16")
    assert answer.headline.en == "Dense bf16 peak: A100 80GB SXM4 312 TFLOPS; V100 32GB SXM2 none"
    assert answer.headline.zh.endswith("V100 32GB SXM2 不支持")
