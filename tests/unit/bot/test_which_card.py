"""Which card some work needs: the memory, and the cards that hold it."""

import pytest

from bot.answering import Answerer
from bot.question import Question


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer()


@pytest.mark.parametrize(
    ("text", "calculator", "line"),
    [
        ("what GPU do I need for deepseek r1", "inference", "8 × H200 141GB SXM: fits"),
        ("which card should I buy for qlora of 70b?", "training", "1 × L40S 48GB: fits"),
        ("部署 deepseek-r1 要什么显卡", "inference", "8 × H200 141GB SXM：放得下"),
        ("我想 qlora 微调 70b，买什么卡好", "training", "1 × L40S 48GB：放得下"),
    ],
)
def test_the_cards_that_hold_it_stand_beside_the_memory(answerer, text, calculator, line):
    """8 × H200 as in ``test_card_choices``; 70B × 0.5 byte are 35 GB and more: one of 48 GB."""
    answer = answerer.answer(Question(text))
    assert answer.calculation is not None
    assert answer.calculation.calculator == calculator
    assert any(said.startswith(line) for said in answer.compared)


@pytest.mark.parametrize(
    "text",
    [
        "which gpu is best",
        "什么显卡最好",
        "what hardware was 175B trained on",
        "175B 当时用的什么卡训的",
        "which gpu is fastest for 7b inference",
    ],
)
def test_other_questions_about_cards_are_not_answered_so(answerer, text):
    assert not answerer.answer(Question(text)).compared
