"""Cards counted from a time to finish in: the deadline is never dropped."""

from __future__ import annotations

import pytest

from bot.understanding.understand import to_context, understand

DAY_S = 86_400


@pytest.mark.parametrize(
    ("text", "days", "tokens"),
    [
        ("how many GPUs do I need to train a 7B model on 1T tokens in 2 weeks with A100", 14, 1e12),
        ("how many H100 to train 7b on 2T tokens in 30 days", 30, 2e12),
        ("we have 3 weeks: how many H100s to pretrain 7B on 500B tokens?", 21, 5e11),
        ("how many A100s to finish 7B on 300B tokens within a month", 30, 3e11),
        ("多少张 A100 能在 2 周训练完 7B 1T token", 14, 1e12),
        ("10 天内训完 7B 2T token 需要几张 H100", 10, 2e12),
        ("一个月训完 7B 15T token 要多少 H100", 30, 15e12),
    ],
)
def test_a_time_to_finish_in_counts_cards(text, days, tokens):
    read = understand(text)
    assert read.calculator == "min_gpus"
    assert read.request["finish_s"] == days * DAY_S
    assert (read.request["total_tokens"], read.request["params"]) == (tokens, 7e9)
    assert read.request["mode"] == "train"
    assert not read.problems


def test_a_stated_mfu_goes_with_it():
    # 50 % of the A100's 312 TFLOPS
    read = understand("要在两周内训完 7B 1T token，MFU 50%，需要多少 A100")
    assert (read.request["finish_s"], read.request["tflops_gpu"]) == (14 * DAY_S, 156)


def test_card_hours_to_spend_in_time_need_no_model():
    read = understand("want 10,000 GPU hours done in 2 weeks, how many GPUs")
    assert (read.calculator, read.request["gpu_hours"]) == ("min_gpus", 10_000)
    assert not read.problems


def test_the_deadline_stays_in_the_conversation():
    first = understand("how many A100 to train 7B on 1T tokens in 2 weeks")
    read = understand("换成 H100", to_context(first))
    assert (read.request["gpu"], read.request["finish_s"]) == ("H100", 14 * DAY_S)


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("how many A100 hours to train 7B on 1T tokens", "training_time"),
        ("how many days to train 7B on 1T tokens on 64 A100", "training_time"),
        ("how many tokens in 2 weeks on 64 A100 for 7B at 40% mfu", "training_time"),
        ("how many A100 to train 7B", "min_gpus"),
        ("how many A100 to serve 7B", "min_gpus"),
    ],
)
def test_other_questions_have_no_deadline(text, calculator):
    read = understand(text)
    assert read.calculator == calculator
    assert "finish_s" not in read.request
