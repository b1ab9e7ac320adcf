"""Past answers whose question has the words come before those whose answer mentions them."""

from __future__ import annotations

from knowledge.store.ranking import Candidate, by_words
from knowledge.text import index_text


def _past(key: int, query: str, text: str) -> Candidate:
    return Candidate(key, float(-key), index_text(query), index_text(text))


def test_the_question_weighs_more_than_what_the_answer_mentions():
    mentions = _past(1, "7b fp16 adamw", "assumed: LLaMA's shape")
    asks = _past(2, "llama 13b training", "needs 208 GB")
    asks_by_number = _past(3, "llama-3-8b kv cache", "LLaMA 3 8B keeps 1 GB")
    assert by_words("llama", [mentions, asks, asks_by_number]) == [3, 2, 1]


def test_a_number_alone_does_not_stand_for_a_longer_word():
    assert by_words("zero", [_past(1, "zeroth", "x zero"), _past(2, "zero3", "y zero")]) == [2, 1]
