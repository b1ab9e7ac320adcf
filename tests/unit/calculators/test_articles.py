"""An English size has the article that it is read with."""

from __future__ import annotations

import pytest

from calculators import Request, calculate
from calculators.text import with_article


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ("7B", "a 7B"),
        ("8B", "an 8B"),
        ("80B", "an 80B"),
        ("8.5B", "an 8.5B"),
        ("11B", "an 11B"),
        ("18B", "an 18B"),
        ("110B", "a 110B"),
        ("180B", "a 180B"),
        ("1.8B", "a 1.8B"),
        ("13B", "a 13B"),
    ],
)
def test_the_article_follows_the_spoken_number(size: str, said: str) -> None:
    assert with_article(size) == said


def test_a_headline_says_an_8b_model() -> None:
    headline = calculate(Request(calculator="file_size", params=8e9)).headline.en
    assert headline.startswith("An 8B model")


@pytest.mark.parametrize(
    ("gpu", "attribute", "en", "zh"),
    [
        # Volta has neither bf16 nor flash-attention; Ampere has version 2, Hopper alone version 3.
        ("v100-32gb", "bf16", "No: V100 32GB SXM2 does not", "不能：V100 32GB SXM2 不支持 bf16"),
        ("v100-32gb", "flash_attention", "No: V100", "不能：V100"),
        ("a100-80gb", "bf16", "Yes: A100 80GB SXM4 supports bf16", "可以：A100 80GB SXM4 支持"),
        ("a100-80gb", "flash_attention_3", "No: A100", "不能：A100"),
        ("h100", "flash_attention_3", "Yes: H100", "可以：H100"),
        ("4090", "nvlink", "RTX 4090 24GB has no NVLink", "RTX 4090 24GB 没有 NVLink"),
    ],
)
def test_what_a_card_supports_begins_with_the_verdict(
    gpu: str, attribute: str, en: str, zh: str
) -> None:
    headline = calculate(Request(calculator="gpu_info", gpu=gpu, attribute=attribute)).headline
    assert headline.en.startswith(en)
    assert headline.zh.startswith(zh)


def test_a_rule_per_card_that_knows_no_activations_stands_beside_the_estimate() -> None:
    # ZeRO-2 of 7e9 parameters on 8 cards: 2n on each, (2 + 12)n / 8, in all 3.75n = 26.25 GB.
    asked = Request(
        calculator="training",
        params=7e9,
        sharding="zero2",
        gpu_count=8,
        per_gpu=True,
        micro_batch=4,
    )
    headline = calculate(asked).headline
    assert headline.en.startswith(
        "Full training of a 7B model: 26.25 GB (24.45 GiB) per card by the rule of thumb, "
        "without activations; estimated "
    )
    assert "26.25 GB（24.45 GiB）（每卡，经验法则，不含激活）；计入激活等，精确估算" in headline.zh
