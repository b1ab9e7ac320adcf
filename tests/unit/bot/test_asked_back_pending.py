"""What was asked back changes nothing in a conversation until it is answered."""

from typing import Any

import pytest

from bot.answer import Answer
from bot.answering import Answerer, MemoryThreads
from bot.question import Question
from knowledge.visibility import Place

PLACE = Place("local", "terminal", "terminal", thread="1")


def last(*turns: str) -> Answer:
    """Return the answer to the last of several turns of one conversation."""
    answerer = Answerer(threads=MemoryThreads())
    answers = [answerer.answer(Question(text=text, place=PLACE)) for text in turns]
    return answers[-1]


def inputs(*turns: str) -> dict[str, Any]:
    """Return the inputs of the last turn, which has to be calculated."""
    answer = last(*turns)
    assert answer.calculation is not None, answer.message
    return dict(answer.inputs)


LORA = "Qwen2.5-7B LoRA 4张4090"
TWO_SIZES = "那14B和32B呢"


def test_what_is_not_answered_is_as_if_not_said() -> None:
    assert last(LORA, TWO_SIZES).kind == "clarify"
    assert inputs(LORA, TWO_SIZES, "每张卡多少")["model"] == "qwen2.5-7b"


@pytest.mark.parametrize(("reply", "model"), [("32B", "qwen2.5-32b"), ("14B呢", "qwen2.5-14b")])
def test_an_answer_takes_the_question_back_on(reply: str, model: str) -> None:
    answer = last(LORA, TWO_SIZES, reply)
    assert answer.inputs["model"] == model
    assert "model" in answer.changed
    assert answer.before is not None
    assert inputs(LORA, TWO_SIZES, reply, "每张卡多少")["model"] == model


def test_what_was_asked_is_kept_for_the_answer() -> None:
    turns = ("Qwen2.5-7B memory", "how fast?")
    assert last(*turns).kind == "clarify"
    answer = last(*turns, "on a 4090")
    assert answer.calculation is not None
    assert answer.calculation.calculator == "latency"


@pytest.mark.parametrize(
    ("turns", "count"),
    [
        (("can 8 A100 80G full finetune 13B?", "half the cards?"), 4),
        ((LORA, "一半的卡呢"), 2),
        (("can 8 A100 80G full finetune 13B?", "half the cards?", "how much per card?"), 4),
    ],
)
def test_half_the_cards_of_a_conversation(turns: tuple[str, ...], count: int) -> None:
    assert inputs(*turns)["gpu_count"] == count
