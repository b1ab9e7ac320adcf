"""Amounts and the unit that they are asked in."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("15 PFLOPS in TFLOPS", 15_000, "TFLOPS"),
        ("15 PFLOPS 等于多少 TFLOPS", 15_000, "TFLOPS"),
        ("0.5 EFLOPS in PFLOPS?", 500, "PFLOPS"),
        # 3 x 24 x 64, 10 x 24 x 32, 14 x 24 x 128 hours.
        ("3 days on 64 GPUs in GPU hours", 4_608, "hours"),
        ("64 张卡跑 3 天是多少卡时", 4_608, "hours"),
        ("how many GPU-hours is 10 days on 4 nodes of 8", 7_680, "hours"),
        ("4 台 8 卡机跑 10 天合多少 GPU 小时", 7_680, "hours"),
        ("128 张 H100 两周等于多少卡时", 43_008, "hours"),
        ("80 GiB in GB", 85.89934592, "GB"),
        ("100 Gb/s in GB/s", 12.5, "GB"),
    ],
)
def test_an_amount_is_converted(text: str, value: float, unit: str) -> None:
    answer = Answerer().answer(Question(text=text))
    assert answer.calculation is not None
    assert answer.calculation.request.calculator == "convert"
    assert answer.calculation.value == pytest.approx(value)
    assert answer.calculation.unit == unit


@pytest.mark.parametrize(
    "text",
    [
        "每卡 180 TFLOPS 的 A100 利用率多少",
        "10,000 GPU-hours on 64 A100: how many days",
        "7B on 1T tokens, 64 A100 at 40% MFU: how many GPU hours?",
    ],
)
def test_a_run_is_not_converted(text: str) -> None:
    answer = Answerer().answer(Question(text=text))
    assert answer.calculation is None or answer.calculation.request.calculator != "convert"
