"""What is read first: the answer, then what would work; nothing is said twice."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.rendering import plain_text


def paragraphs(text: str) -> list[str]:
    return plain_text(Answerer().answer(Question(text=text))).split("\n\n")


@pytest.mark.parametrize(
    ("question", "verdict", "title"),
    [
        ("can a 4090 run qwen2.5-14b?", "No", "What would work"),
        ("4090 能跑 qwen2.5-14b 吗", "不能", "可行的做法"),
    ],
)
def test_after_a_no_comes_what_would_work(question: str, verdict: str, title: str) -> None:
    first, second, *_ = paragraphs(question)
    assert first.startswith(verdict)
    assert second.startswith(title)


@pytest.mark.parametrize("question", ["kv cache of mistral-7b at 16k", "mixtral 8x7b 模型文件多大"])
def test_a_single_part_that_is_the_whole_is_not_repeated(question: str) -> None:
    assert not any(part.startswith(("Breakdown", "明细")) for part in paragraphs(question))


def test_an_estimate_that_the_headline_names_is_not_repeated() -> None:
    # One card: what the card needs and the sum over the cards are one number.
    first, *others = paragraphs("train 7B on one A100 40G")
    assert "estimated" in first
    assert not any("Estimate, every term counted" in part for part in others)
    # Four cards: the headline has the need of each, the line below it their sum.
    first, second, *_ = paragraphs("can 4×V100 32G train 65B?")
    assert "of each card's" in first
    assert "Estimate, every term counted" in second


@pytest.mark.parametrize(
    ("question", "title", "cost"),
    [
        ("can a 4090 run qwen2.5-14b?", "(costs against what was asked", "about 2× the cost"),
        ("4090 能跑 qwen2.5-14b 吗", "（成本与所问配置相比", "成本约 2 倍"),
    ],
)
def test_what_costs_are_compared_with_is_said_once(question: str, title: str, cost: str) -> None:
    _, ways, *_ = paragraphs(question)
    assert ways.count(title) == 1
    assert cost in ways
