"""Several properties of a card asked at once: each is told."""

import pytest

from bot.answering import Answerer
from bot.question import Question


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer()


@pytest.mark.parametrize(
    ("text", "first", "others"),
    [
        ("H20 的 fp16 算力和显存带宽", "148", ["4,000 GB/s"]),
        ("A100 fp16 TFLOPS and memory bandwidth", "312", ["2,039 GB/s"]),
        ("4090 显存多大，带宽多少", "24", ["1,008 GB/s"]),
        ("H100 memory, bandwidth and TDP", "80", ["3,350 GB/s", "700 W"]),
    ],
)
def test_each_property_is_told(answerer, text, first, others):
    """Data sheets: H20 148 TFLOPS, 4 TB/s; A100 312, 2,039; 4090 1,008; H100 3.35 TB/s, 700 W."""
    answer = answerer.answer(Question(text))
    assert answer.calculation is not None
    assert first in answer.calculation.headline.en
    assert len(answer.compared) == len(others)
    for said, figure in zip(answer.compared, others, strict=True):
        assert figure in said


@pytest.mark.parametrize("text", ["A100 80GB memory bandwidth", "H100 显存带宽", "H100 memory"])
def test_one_property_stands_alone(answerer, text):
    assert not answerer.answer(Question(text)).compared


def test_two_properties_of_two_cards_are_both_compared(answerer):
    """H100 SXM 3.35 TB/s and 989 TFLOPS against A100 2.04 TB/s and 312."""
    answer = answerer.answer(Question("A100 vs H100 bandwidth and flops"))
    assert answer.calculation is not None
    assert answer.calculation.request.attribute == "bandwidth"
    assert len(answer.compared) == 1
    assert "312" in answer.compared[0]
