"""The fewest cards that finish a training run in time; by hand."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest

from calculators import Calculation, Request, calculate
from calculators.errors import InvalidRequest, MissingValue

DAY_S = 86_400
# LLaMA-7B: 6,738,415,616 parameters, of them 32,000 × 4,096 of the embedding multiply nothing.
TOKEN_FLOP = 6 * (6_738_415_616 - 32_000 * 4096) + 12 * 32 * 4096 * 2048


def ask(**fields: Any) -> Calculation:
    return calculate(Request(calculator="min_gpus", **fields))


def test_cards_are_gpu_hours_over_hours_at_the_assumed_mfu() -> None:
    # 1e12 tokens × 42.87e9 FLOPs / (0.4 × 312e12 FLOP/s) / 3600 s = 95,409 GPU-hours;
    # 95,409 / (14 × 24 h) = 283.95
    answer = ask(params=7e9, total_tokens=1e12, finish_s=14 * DAY_S, gpu="A100")
    gpu_hours = 1e12 * TOKEN_FLOP / (0.4 * 312e12) / 3600
    assert gpu_hours == pytest.approx(95_409, rel=1e-5)
    assert (answer.value, answer.unit) == (ceil(gpu_hours / 336), "gpus") == (284, "gpus")
    assert answer.details["gpu_hours"] == pytest.approx(gpu_hours)
    assert [step.formula for step in answer.working][-2:] == [
        "gpu_hours_of_run",
        "fewest_cards_in_time",
    ]
    assert "MFU of 40%: 124.8 TFLOPS per card" in [a.text.en for a in answer.assumptions]


def test_the_cards_by_memory_stand_beside() -> None:
    answer = ask(params=7e9, total_tokens=1e12, finish_s=14 * DAY_S, gpu="A100")
    memory = ask(params=7e9, mode="train", gpu="A100").details["estimate_gpus"]
    assert answer.conventions[0].value == answer.details["gpus_by_memory"] == memory
    assert "larger" in answer.conventions[0].text.en
    assert "取两者中较大的" in answer.conventions[0].text.zh


def test_memory_decides_where_it_asks_for_more() -> None:
    # 1e8 × 42.87e9 / (0.4 × 165.2e12) / 3600 = 18.02 GPU-hours: one card does it in two weeks,
    # but 16 bytes × 6.74e9 = 108 GB of states fit no single 24 GB card
    answer = ask(params=7e9, total_tokens=1e8, finish_s=14 * DAY_S, gpu="RTX 4090")
    assert answer.details["gpus_by_time"] == 1
    assert answer.value == answer.details["gpus_by_memory"] >= 108 / 24
    assert "memory asks for that many" in answer.headline.en
    assert "由显存决定" in answer.headline.zh


def test_a_stated_speed_replaces_the_assumed_one() -> None:
    # 1e12 / (3,000 × 3600) = 92,593 GPU-hours; / 336 h = 275.6
    answer = ask(params=7e9, total_tokens=1e12, finish_s=14 * DAY_S, gpu="A100",
                 tokens_per_s_gpu=3000)  # fmt: skip
    assert answer.value == 276
    # 50 % of 312 TFLOPS is 156: 95,409 × 0.4 / 0.5 = 76,327 GPU-hours; / 336 h = 227.2
    at_half = ask(params=7e9, total_tokens=1e12, finish_s=14 * DAY_S, gpu="A100", tflops_gpu=156)
    assert at_half.value == 228


def test_card_hours_over_hours_need_no_model() -> None:
    # 10,000 / 336 = 29.8
    assert ask(gpu_hours=10_000, finish_s=14 * DAY_S).value == 30


def test_groups_of_cards_stay_whole() -> None:
    # 284 cards in groups of tp 8: 36 groups are 288
    answer = ask(params=7e9, total_tokens=1e12, finish_s=14 * DAY_S, gpu="A100", tp=8)
    assert answer.value == 288


def test_half_the_time_takes_twice_the_cards() -> None:
    weeks, days = (
        ask(params=7e9, total_tokens=1e12, finish_s=n * DAY_S, gpu="A100").value for n in (14, 7)
    )
    assert 2 * weeks - 1 <= days <= 2 * weeks


def test_the_answer_s_own_request_gives_it_again() -> None:
    answer = ask(model="llama-2-7b", total_tokens=2e12, finish_s=30 * DAY_S, gpu="H100")
    assert calculate(answer.request).value == answer.value
    assert "在" not in answer.headline.en
    assert answer.headline.zh.startswith("30 天内训练")


def test_tokens_are_asked_for_and_impossible_times_refused() -> None:
    with pytest.raises(MissingValue, match="tokens"):
        ask(params=7e9, finish_s=14 * DAY_S, gpu="A100")
    with pytest.raises(InvalidRequest, match="finish_s"):
        ask(params=7e9, total_tokens=1e12, finish_s=0, gpu="A100")


def test_serving_has_no_time_to_finish_in() -> None:
    serving = ask(params=7e9, mode="infer", gpu="A100", finish_s=14 * DAY_S)
    assert serving.value == ask(params=7e9, mode="infer", gpu="A100").value
