"""Where the rule of thumb leads and the estimate differs, both are named and the line says why."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


def test_the_fewest_cards_by_rule_and_estimate_with_the_verdict_of_the_latter() -> None:
    # 16 × 7 = 112 GB over 24 GB: five; at 18 bytes, 126 GB over 25.76 GB and more: six
    answer = ask(calculator="min_gpus", params=7e9, mode="train", gpu="RTX 4090")
    assert answer.headline.en.startswith("5 × RTX 4090 24GB")
    assert "by the rule of thumb; 6 estimated (tight: 25.7 GB" in answer.headline.en
    assert "精确估算需要 6 张（勉强：" in answer.headline.zh
    assert any("fp32 gradients" in caveat.en for caveat in answer.caveats)
    asked = ask(calculator="fit", params=7e9, mode="train", gpu="RTX 4090", gpu_count=6)
    assert asked.verdict == answer.verdict == "tight"


def test_tight_is_said_where_both_agree_on_the_count() -> None:
    # 208 GB over 80 GB is 2.6: three; with three the estimate is between 90 and 100 %
    answer = ask(calculator="min_gpus", params=13e9, mode="train", gpu="A100 80GB")
    assert (answer.value, answer.details["estimate_gpus"]) == (3, 3)
    assert "(tight: " in answer.headline.en
    assert "勉强" in answer.headline.zh


def test_what_decides_a_verdict_against_the_rule_stands_in_the_breakdown() -> None:
    # weights 130 of 160 GB, but the cache of 64 × 4,096 tokens is
    # 2 · 80 layers · 64 heads · 128 · 262,144 · 2 bytes = 687.2 GB
    answer = ask(calculator="fit", params=65e9, mode="infer", gpu="A100 80GB", gpu_count=2,
                 micro_batch=64, seq=4096)  # fmt: skip
    assert answer.verdict == "no"
    assert answer.lead == "rule"
    parts = {part.id: part.bytes for part in answer.breakdown}
    assert abs(parts["kv_cache"] - 687.2e9) < 0.1e9
    assert answer.details["breakdown_of"] == "estimate"
    assert any("687.2 GB (640 GiB) of KV cache" in caveat.en for caveat in answer.caveats)


def test_a_rule_that_agrees_keeps_its_own_breakdown() -> None:
    answer = ask(calculator="fit", params=7e9, mode="infer", gpu="A100 80GB")
    assert [part.bytes for part in answer.breakdown] == [14_000_000_000]


def test_the_largest_batch_is_that_of_a_card_and_of_all_of_them() -> None:
    answer = ask(calculator="max_batch", model="llama-2-7b", method="qlora", mode="train",
                 gpu="A100 80GB", gpu_count=4)  # fmt: skip
    assert f"batch {answer.value} per card, {4 * answer.value} in all" in answer.headline.en
    assert f"合计 {4 * answer.value}" in answer.headline.zh


def test_the_largest_model_is_named_by_both() -> None:
    # 24 GB / 2 bytes = 12 B by the rule; with cache and context less fits
    answer = ask(calculator="max_params", mode="infer", gpu="RTX 4090")
    assert "12B parameters by the rule of thumb, 11.3B estimated" in answer.headline.en


def test_chinese_sentences_have_full_width_brackets() -> None:
    answer = ask(calculator="min_gpus", params=7e9, mode="train", gpu="RTX 4090")
    assert " (" not in answer.headline.zh
    assert not any(" (" in caveat.zh for caveat in answer.caveats)


def test_cards_that_do_not_divide_the_heads_are_noted_with_the_next_that_do() -> None:
    # Llama 2 70B has 64 heads; 138 GB over 24 GB cards are six, which 64 / 6 rules out, 8 not
    answer = ask(calculator="min_gpus", model="llama-2-70b", mode="infer", gpu="RTX 4090")
    assert answer.value == 6
    assert any("64 attention heads: 6 does not, 8 does" in caveat.en for caveat in answer.caveats)
    assert any("8 张可以" in caveat.zh for caveat in answer.caveats)
    even = ask(calculator="min_gpus", model="llama-2-70b", mode="infer", gpu="A100 80GB")
    assert even.value == 2
    assert not any("does not" in caveat.en for caveat in even.caveats)


def test_a_headline_names_both_depths_where_the_load_was_given() -> None:
    # 7e9 × 2 bytes is what the weights take; a cache of 131,072 tokens is 68.7 GB more
    long = calculate(Request(calculator="inference", params=7e9, seq=131_072))
    assert long.value == 14
    assert "14 GB" in long.headline.en
    assert "weights alone by the rule of thumb; estimated 84" in long.headline.en
    assert "经验法则，只算权重" in long.headline.zh
    step = calculate(Request(calculator="training", params=13e9, seq=8192, micro_batch=32))
    assert "208 GB" in step.headline.en
    assert "without activations; estimated" in step.headline.en
    assert "不含激活" in step.headline.zh
    assert "estimated" not in calculate(Request(calculator="inference", params=7e9)).headline.en


@pytest.mark.parametrize(
    ("sharding", "gigabytes"),
    # ZeRO (arXiv 1910.02054, figure 1) with 7e9 parameters over 16 cards: 2 + 2 + 12 bytes each;
    # 14 + 14 + 84/16; 14 + 98/16; 112/16; hybrid sharding over eight of them: 112/8
    [("none", 112), ("zero1", 33.25), ("zero2", 20.125), ("zero3", 7), ("hybrid", 14)],
)
def test_one_cards_share_of_the_rule_depends_on_what_is_sharded(
    sharding: str, gigabytes: float
) -> None:
    answer = ask(calculator="training", params=7e9, gpu_count=16, per_gpu=True, sharding=sharding)
    assert answer.value == pytest.approx(gigabytes)
    assert answer.rule_of_thumb is not None
    assert answer.rule_of_thumb.value == answer.value
    assert sum(part.bytes for part in answer.breakdown) == pytest.approx(gigabytes * 1e9)
