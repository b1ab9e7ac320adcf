"""A question about memory with a card named says at its end whether it fits."""

from __future__ import annotations

import pytest

from calculators import Request, calculate


@pytest.mark.parametrize(
    ("gpu", "en", "zh"),
    [
        # LLaMA-7B in fp16: 13.48 GB of weights, 1.07 of cache, 0.21 of activations, 1.3 of context
        ("A100 80GB", "; fits on 1 × A100 80GB SXM4", "放得下"),
        ("T4", "; a tight fit on 1 × T4 16GB", "勉强放得下"),
        ("RTX 3060", "; does not fit on 1 × RTX 3060 12GB", "放不下"),
    ],
)
def test_inference_on_a_card_ends_with_whether_it_fits(gpu: str, en: str, zh: str) -> None:
    answer = calculate(Request(calculator="inference", model="llama-7b", gpu=gpu))
    assert answer.headline.en.endswith(en)
    assert answer.headline.zh.endswith(zh)


def test_without_a_card_nothing_is_said() -> None:
    answer = calculate(Request(calculator="training", model="llama-7b"))
    assert "fit" not in answer.headline.en


def test_training_on_a_card_ends_with_whether_it_fits() -> None:
    # 18 bytes × 6.74 B parameters are more than 80 GB
    answer = calculate(Request(calculator="training", model="llama-7b", gpu="A100 80GB"))
    assert answer.headline.en.endswith("; does not fit on 1 × A100 80GB SXM4")
