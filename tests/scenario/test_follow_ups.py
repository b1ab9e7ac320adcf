"""A conversation in the terminal: each turn changes one thing and says what that did."""

from __future__ import annotations

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.question import Question
from bot.rendering import answer_json, plain_text


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer(threads=MemoryThreads())


def talk(*turns: str) -> list[str]:
    """Return the texts of a fresh conversation's answers."""
    answerer = Answerer(threads=MemoryThreads())
    return [plain_text(answerer.answer(Question(turn))) for turn in turns]


def test_a_follow_up_shows_the_old_answer_the_new_one_and_the_difference() -> None:
    _, second = talk("7B 训练要多少显存", "那 13B 呢")
    # 16 × 13 = 208, 16 × 7 = 112, 208 − 112 = 96 (FAQ 5)
    assert second.startswith("13B")
    assert "208 GB" in second
    assert "112 GB" in second
    assert "+96 GB" in second
    assert "参数量" in second


def test_the_same_in_english() -> None:
    _, second = talk("memory to train 13B?", "what about 7B")
    assert "Changed: parameters" in second
    assert "−96 GB" in second


def test_a_new_question_is_no_follow_up() -> None:
    _, second = talk("7B 训练要多少显存", "tf32 是多少位")
    assert "19" in second.partition("\n")[0]
    assert "之前" not in second


def test_an_answer_to_the_bots_own_question_completes_it() -> None:
    answerer = Answerer(threads=MemoryThreads())
    asked = answerer.answer(Question("how long to train llama-2-7b on 64 A100?"))
    assert asked.kind == "clarify"
    told = answerer.answer(Question("1T tokens"))
    assert told.kind == "calculation"
    found = answer_json(told)["calculation"]
    assert found["calculator"] == "training_time"
    assert found["inputs"]["gpu_count"] == 64
    assert found["unit"] == "hours"


def test_an_unknown_card_can_be_corrected() -> None:
    answerer = Answerer(threads=MemoryThreads())
    asked = answerer.answer(Question("can 4×V1000 train 65B?"))
    assert asked.kind == "clarify"
    assert "V1000" in asked.message
    told = answerer.answer(Question("V100"))
    assert told.calculation is not None
    assert told.calculation.verdict == "no"
    assert told.inputs["gpu_count"] == 4


def test_conversations_do_not_mix(answerer: Answerer) -> None:
    from knowledge.visibility import Place

    def at(thread: str) -> Place:
        return Place("w", "c", "public", thread)

    answerer.answer(Question("7B 训练要多少显存", place=at("1")))
    other = answerer.answer(Question("那 13B 呢", place=at("2")))
    assert other.before is None
    same = answerer.answer(Question("那 13B 呢", place=at("1")))
    assert same.before is not None
