"""A plain why points at the calculation before it, and never at another one's entry."""

from __future__ import annotations

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.phrases import asks_why
from bot.question import Question
from bot.rendering import plain_text


@pytest.mark.parametrize("why", ["explain", "why so much?", "Why?", "explain that please"])
def test_the_largest_part_is_named(why: str) -> None:
    """AdamW at 16 bytes a parameter: 12 of them are optimizer states, 84 of 112 GB."""
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question("memory to train 7B on 8 A100 80GB"))
    answer = answerer.answer(Question(why))
    assert answer.entry is not None
    assert answer.entry.id == "training-memory"
    said = plain_text(answer)
    assert "Optimizer states, 84 GB" in said
    assert "75 %" in said
    assert answerer.answer(Question("what about 13B")).changed


@pytest.mark.parametrize("why", ["为什么这么多", "为什么？", "解释一下"])
def test_the_same_in_chinese(why: str) -> None:
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question("8 张 A100 80GB 训练 7B 要多少显存"))
    answer = answerer.answer(Question(why))
    assert answer.language == "zh"
    assert "优化器状态，84 GB" in plain_text(answer)


def test_an_entry_of_another_calculator_is_never_given() -> None:
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question("kv cache of llama-3.1-70b at 32k, batch 4"))
    answer = answerer.answer(Question("why so much?"))
    assert answer.entry is not None
    assert answer.entry.id == "inference-memory"
    assert "42.95 GB" in plain_text(answer)


@pytest.mark.parametrize("text", ["why does int4 need less", "explain ZeRO", "why LoRA?", "how"])
def test_a_why_about_something_is_a_question_of_its_own(text: str) -> None:
    assert not asks_why(text)
