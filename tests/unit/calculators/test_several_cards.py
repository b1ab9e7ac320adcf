"""What several cards have together, and what a card does at a share of its peak."""

from __future__ import annotations

import pytest

from calculators import calculate, parse_request

# Data sheets: H100 SXM 80 GB, 989.4 dense bf16 TFLOPS, 3.35 TB/s, 700 W; A100 SXM 312 TFLOPS, 400 W
SUMS = [
    ("h100", "flops", 8, 7915.2),  # 8 * 989.4
    ("h100", "bandwidth", 4, 13_400),  # 4 * 3350
    ("a100", "tdp", 8, 3200),  # 8 * 400
    ("h100", "memory", 8, 652_472),  # 8 * 81,559 MiB
]


def ask(**request: object):
    return calculate(parse_request({"calculator": "gpu_info", **request}))


@pytest.mark.parametrize(("gpu", "attribute", "cards", "whole"), SUMS)
def test_what_adds_up_is_given_for_all_cards(
    gpu: str, attribute: str, cards: int, whole: float
) -> None:
    made = ask(gpu=gpu, attribute=attribute, gpu_count=cards)
    assert made.value == pytest.approx(whole)
    assert " in all" in made.headline.en
    assert " each" in made.headline.en
    assert "合计" in made.headline.zh
    assert "每张" in made.headline.zh


def test_memory_counts_the_gigabytes_of_the_name_beside_the_drivers() -> None:
    made = ask(gpu="h100", attribute="memory", gpu_count=8)
    assert made.rule_of_thumb is not None
    assert made.rule_of_thumb.value == 640
    assert "640 GB in all" in made.headline.en
    assert "80 GB each" in made.headline.en


def test_each_card_alone_keeps_its_own_figure() -> None:
    assert ask(gpu="h100", attribute="memory", gpu_count=8, per_gpu=True).value == 81_559


@pytest.mark.parametrize("attribute", ["nvlink", "compute_capability", "bf16"])
def test_what_does_not_add_up_is_that_of_one_card(attribute: str) -> None:
    several, one = (ask(gpu="h100", attribute=attribute, gpu_count=n) for n in (8, 1))
    assert several.value == one.value


def test_a_share_of_the_peak_is_what_a_card_achieves() -> None:
    # 0.4 * 989.4 = 395.76
    made = ask(gpu="h100", attribute="flops", tflops_gpu=395.76)
    assert made.value == pytest.approx(395.76)
    assert "at 40 % utilisation: 395.8 TFLOPS" in made.headline.en
    assert "利用率 40 %：395.8 TFLOPS" in made.headline.zh
    all_cards = ask(gpu="h100", attribute="flops", tflops_gpu=395.76, gpu_count=8)
    assert all_cards.value == pytest.approx(3166.08)
