"""Which quantisation lets a model fit: the widest format whose verdict is not no."""

from __future__ import annotations

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.question import Question
from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "dtype", "verdict"),
    [
        # 70 GB of int8 are more than 2 x 24 GB; 35 GB of int4 are not.
        ("which quantisation lets a 70b fit on 2x3090", "int4", "yes"),
        ("70B 要什么量化才能放进两张 3090", "int4", "yes"),
        ("what quant do i need for 32b on a 24 GB card", "int4", "yes"),
        ("34B 得量化到几 bit 才能上 24G 卡", "int4", "yes"),
        # 14 GB of int8 and a context in 24 GB; 28 GB of fp16 are more.
        ("largest quant of a 14b that fits in 24GB", "int8", "yes"),
        ("which quant of a 7b fits on an A100 80G", "fp16", "yes"),
        # 405e9 x 2 / 8 = 101 GB of 2 bits each.
        ("单张 4090 能跑 405B 的哪种量化", "2bpw", "no"),
    ],
)
def test_the_widest_format_that_fits_is_told(text: str, dtype: str, verdict: str) -> None:
    answer = Answerer().answer(Question(text=text))
    assert answer.calculation is not None
    assert answer.calculation.request.weight_dtype == dtype
    assert answer.calculation.verdict == verdict
    assert "dtype" not in answer.inputs
    assert any(line.startswith("fp16") for line in answer.compared)
    assert any(line.startswith(dtype) for line in answer.compared)


def test_a_format_that_is_then_said_is_taken() -> None:
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question(text="which quantisation lets a 70b fit on 2x3090"))
    then = answerer.answer(Question(text="with int8"))
    assert then.calculation is not None
    assert then.calculation.verdict == "no"


def test_without_a_card_the_card_is_asked_for() -> None:
    (problem,) = understand("which quant for llama-3-70b?").problems
    assert problem.field == "gpu"


@pytest.mark.parametrize(
    "text", ["7b quant inference memory", "which is faster, int8 or int4, 7b?"]
)
def test_a_format_that_is_not_asked_is_not_tried(text: str) -> None:
    assert "quant_asked" not in understand(text).inputs
