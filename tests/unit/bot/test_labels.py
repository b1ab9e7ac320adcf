"""What is offered has the names that people read; what a click asks stays what the parser reads."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.labels import choice_of
from bot.question import Question


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("a100-80gb-sxm", "A100 80GB SXM4"),
        ("llama-65b", "LLaMA-65B"),
        ("7B", "7B"),
        ("16 GPUs", "16 GPUs"),
        ("fp8", "fp8"),
        ("no-such-thing", "no-such-thing"),
    ],
)
def test_an_id_of_the_registry_is_shown_by_its_name(text: str, label: str) -> None:
    choice = choice_of(text)
    assert (choice.label, choice.text) == (label, text)


def test_a_card_with_another_memory_is_asked_back_by_name() -> None:
    answer = Answerer().answer(Question(text="A100 10GB"))
    assert answer.choices[0].label.startswith("A100 ")
    assert answer.choices[0].text == "a100-80gb-sxm"
