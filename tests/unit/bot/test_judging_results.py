"""The verdict on a share of the peak that an answer calculates, by the entry's figures."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question
from knowledge.visibility import Place


def compared(text: str) -> str:
    place = Place("e", "e", "terminal", thread="1")
    return " ".join(Answerer().answer(Question(text=text, place=place)).compared)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # 3,000 * 6 * 13e9 = 234 of 312 TFLOPS: 75 % and more, where tuned runs reach 40 to 55 %
        ("3k tok/s/gpu ok for 13B on A100?", "more than the 40 to 55 %"),
        ("13B，A100，3000 token/s/卡，MFU 多少", "高于"),
        ("180 TFLOPS，H800，算正常吗", "偏低"),  # 180 / 989.4 = 18.2 %
        ("H20 上跑到 80 TFLOPS，算高吗", "不错"),  # 80 / 148 = 54 %
        ("we get 150 TFLOPS on A100, is that good?", "good"),  # 150 / 312 = 48 %
    ],
)
def test_the_verdict_stands_beside_the_figure(text: str, words: str) -> None:
    assert words in compared(text)


def test_a_usual_share_is_not_judged_unasked() -> None:
    assert compared("150 TFLOPS on A100, what utilisation?") == ""
