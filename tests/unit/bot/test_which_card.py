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
    ("text", "calculator"),
    [
        ("Cheapest GPU for serving Qwen2.5-32B in int4 with 16k context?", "inference"),
        ("最便宜的卡跑 qwen2.5-7b bf16 推理", "inference"),
        ("qwen2.5-7b 推理性价比最高的显卡", "inference"),
        ("best GPU for training a 3B model from scratch", "training"),
    ],
)
def test_the_best_or_cheapest_card_for_a_job_is_sought_among_those_that_hold_it(
    answerer, text, calculator
):
    answer = answerer.answer(Question(text))
    assert answer.calculation is not None
    assert answer.calculation.calculator == calculator
    assert any("fits" in said or "放得下" in said for said in answer.compared)


def test_a_single_card_is_sought_among_single_cards(answerer):
    """1.5B × 16 bytes are 24 GB and more: a card of 40 GB or more holds it alone."""
    answer = answerer.answer(Question("单卡能全参训 Qwen2.5-1.5B 的最便宜的卡是哪张"))
    assert answer.calculation is not None
    assert answer.calculation.calculator == "training"
    assert answer.compared
    assert all(said.startswith("1 × ") for said in answer.compared)


@pytest.mark.parametrize(
    "text",
    [
        "best gpu",
        "which gpu is best",
        "什么显卡最好",
        "what hardware was 175B trained on",
        "175B 当时用的什么卡训的",
        "which gpu is fastest for 7b inference",
    ],
)
def test_other_questions_about_cards_are_not_answered_so(answerer, text):
    assert not answerer.answer(Question(text)).compared
