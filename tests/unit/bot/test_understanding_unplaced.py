"""What a thread says of its calculation and that cannot be placed is asked back, not unknown."""

from __future__ import annotations

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.question import Question

FIRST = "can a 13b in fp16 run on one L40S?"


@pytest.mark.parametrize("then", ["three copies of the card", "card sharing then?"])
def test_it_is_asked_what_changes(then: str) -> None:
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question(text=FIRST))
    answer = answerer.answer(Question(text=then))
    assert answer.kind == "clarify"


def test_the_conversation_goes_on_from_where_it_was() -> None:
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question(text=FIRST))
    answerer.answer(Question(text="three copies of the card"))
    answer = answerer.answer(Question(text="on 3 cards"))
    assert answer.calculation is not None
    assert answer.calculation.request.gpu_count == 3
    assert answer.calculation.request.params == 13e9


@pytest.mark.parametrize("then", ["good morning everyone", "which movie tonight?", "lunch at 12?"])
def test_other_talk_is_not_asked_back(then: str) -> None:
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question(text=FIRST))
    assert answerer.answer(Question(text=then)).kind != "clarify"


@pytest.mark.parametrize(
    ("then", "name", "value"),
    [("swap in H100s", "gpu", "H100"), ("on the beefy A100", "gpu", "A100")],
)
def test_a_word_of_change_leads_a_follow_up(then: str, name: str, value: object) -> None:
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question(text=FIRST))
    answer = answerer.answer(Question(text=then))
    assert answer.inputs[name] == value
    assert answer.inputs["params"] == 13e9
