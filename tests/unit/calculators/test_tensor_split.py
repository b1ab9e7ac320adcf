"""Cards that hold the work split evenly, where tensor parallelism would keep more on each."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate

DEEPSEEK = {"model": "deepseek-v3", "gpu": "H200", "weight_dtype": "fp8", "seq": 131072}
LLAMA = {"model": "llama-3.1-70b", "gpu": "H100", "weight_dtype": "bf16", "seq": 8192}


def fit(**fields: Any) -> Calculation:
    return calculate(Request(calculator="fit", mode="infer", **fields))


def of_tensor_parallelism(answer: Calculation) -> list[str]:
    return [text.en for text in answer.caveats if text.en.startswith("With tensor parallelism")]


def test_a_latent_cache_is_whole_on_every_tensor_parallel_card() -> None:
    """61 layers × (512 + 64) × 2 bytes × 131,072 tokens × 16 = 147.4 GB, on each of the cards.

    With an eighth of 673 GB of weights that is 231.5 GB, more than 150.8; an eighth of both 102.5.
    """
    answer = fit(**DEEPSEEK, gpu_count=8, micro_batch=16)
    assert answer.verdict == "tight"
    (caveat,) = of_tensor_parallelism(answer)
    assert "over 8 cards each keeps the whole latent cache: 234.4 GB" in caveat
    assert "split by layers (pipeline) it does" in caveat
    assert answer.headline.en.startswith("Tight: ")
    assert "when split evenly; by tensor parallelism 234.4 GB" in answer.headline.en
    assert "勉强" in answer.headline.zh
    assert any("完整的潜在（MLA）缓存：每卡 234.4 GB" in text.zh for text in answer.caveats)
    sharded = fit(**DEEPSEEK, gpu_count=8, micro_batch=16, tp=8)
    assert sharded.verdict == "no"
    assert "234.4 GB" in sharded.headline.en
    beyond = 147_371_065_344 * 7 // 8  # what the even split leaves to the other cards
    more = float(sharded.details["per_gpu_bytes"]) - float(answer.details["per_gpu_bytes"])
    assert more == pytest.approx(beyond, rel=0.01)


def test_a_grouped_cache_goes_down_to_one_head_a_card() -> None:
    """80 × 2 × 8 × 128 × 2 bytes × 8,192 tokens × 256 = 687 GB: 85.9 for one of the eight heads."""
    answer = fit(**LLAMA, gpu_count=16, micro_batch=256)
    assert answer.verdict == "tight"
    (caveat,) = of_tensor_parallelism(answer)
    assert "over 16 cards each keeps the cache of 1 of the 8 KV heads" in caveat


@pytest.mark.parametrize(
    "fields",
    [
        {**LLAMA, "gpu_count": 16, "micro_batch": 64},  # 172 GB: 21.5 for a head, which fits
        {**LLAMA, "gpu_count": 8, "micro_batch": 128},  # a head a card is an even split
        {**DEEPSEEK, "gpu_count": 8, "micro_batch": 1},  # 9.2 GB of cache fit on every card
        {**DEEPSEEK, "gpu_count": 8, "micro_batch": 16, "pp": 8},  # the layout was given
    ],
    ids=str,
)
def test_nothing_is_said_where_both_fit_or_the_layout_was_given(fields: dict[str, Any]) -> None:
    answer = fit(**fields)
    assert answer.verdict == "yes"
    assert not of_tensor_parallelism(answer)


def test_more_cards_than_layers_take_both_ways() -> None:
    answer = fit(**DEEPSEEK, gpu_count=64, micro_batch=32)  # 61 layers; 295 GB of cache
    (caveat,) = of_tensor_parallelism(answer)
    assert "stages of fewer tensor-parallel cards" in caveat
