"""A question that an entry answers, followed by the model that it was about."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.following import MemoryThreads
from bot.question import Question


@pytest.mark.parametrize(
    ("first", "then", "calculator", "gigabytes"),
    [
        # Training is 16n, inference 2n (LLM GPU memory FAQ).
        ("how much memory does it need to train?", "7b", "training", 112),
        ("训练需要多少显存?", "7B", "training", 112),
        ("how much memory does inference need?", "13b", "inference", 26),
    ],
)
def test_a_size_after_it_is_asked_of_that(
    first: str, then: str, calculator: str, gigabytes: float
) -> None:
    answerer = Answerer(threads=MemoryThreads())
    assert answerer.answer(Question(text=first)).kind == "faq"
    found = answerer.answer(Question(text=then)).calculation
    assert found is not None
    assert (found.calculator, found.value, found.unit) == (calculator, gigabytes, "GB")
