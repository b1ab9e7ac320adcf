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


@pytest.mark.parametrize(
    ("question", "reply", "verdict"),
    [
        # 16 × 7 = 112 GB against 4 × 80 GB, and against one card of 24 GB (FAQ 5)
        ("can I train 7B?", "4×A100", "yes"),
        ("能训 7B 吗", "一张 4090", "no"),
        # 70 × 2 = 140 GB against 2 × 24 GB; 13 / 2 = 6.5 GB against 24 GB (FAQ 4)
        ("跑得动 70B 吗", "我有两张 3090", "no"),
        ("will 13b int4 fit?", "a single 24GB card", "yes"),
    ],
)
def test_the_card_asked_back_for_completes_the_verdict(
    question: str, reply: str, verdict: str
) -> None:
    answerer = Answerer(threads=MemoryThreads())
    asked = answerer.answer(Question(question))
    assert asked.kind == "clarify"
    assert asked.choices
    told = answerer.answer(Question(reply))
    assert told.calculation is not None
    assert told.calculation.verdict == verdict


def test_a_choice_between_two_values_completes_the_calculation() -> None:
    answerer = Answerer(threads=MemoryThreads())
    asked = answerer.answer(Question("7b fp16 int4"))
    assert [choice.text for choice in asked.choices] == ["fp16", "int4"]
    told = answer_json(answerer.answer(Question("int4")))["calculation"]
    # 7 billion × half a byte
    assert (told["value"], told["unit"]) == (3.5, "GB")


def test_compared_settings_are_both_shown() -> None:
    (text,) = talk("7b int4 vs fp16 inference memory")
    assert "3.5 GB" in text
    assert "14 GB" in text


def test_a_model_that_is_not_known_is_told_beside_the_figures_of_its_size() -> None:
    (text,) = talk("how much memory does SuperGPT-3 70b need?")
    assert "140 GB" in text
    assert "I don't know the model “SuperGPT-3”" in text


@pytest.mark.parametrize("turn", ["int4?", "8k context, batch 16", "batch 8?", "AdamW, bf16"])
def test_words_of_no_language_keep_that_of_the_conversation(turn: str) -> None:
    """Terms and numbers are written alike in both; what tells a language changes it."""
    answerer = Answerer(threads=MemoryThreads())
    asked = ("13B 推理要多少显存", turn, "what about 7B", turn)
    answers = [answerer.answer(Question(one)) for one in asked]
    assert [answer.language for answer in answers] == ["zh", "zh", "en", "en"]


def test_a_first_message_of_terms_alone_is_english() -> None:
    assert Answerer(threads=MemoryThreads()).answer(Question("7b fp16 adamw")).language == "en"
