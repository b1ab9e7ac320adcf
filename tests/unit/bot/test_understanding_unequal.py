"""Sequences of unequal lengths, memory that is left, and shares of the peak without a sign."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("kv cache llama-3-8b: one sequence of 4k and two of 1k", 4096 + 2 * 1024),
        ("llama-3-8b 一条 4k 两条 1k 的请求,kv cache 一共多大", 4096 + 2 * 1024),
        ("kv cache of mistral-7b for three requests of 2k and one of 8k", 3 * 2048 + 8192),
    ],
)
def test_a_cache_holds_the_tokens_of_all_sequences(text: str, tokens: int) -> None:
    answer = Answerer().answer(Question(text=text))
    assert answer.calculation is not None
    # Llama-3-8B and Mistral-7B: 2 x 32 layers x 8 heads x 128 x 2 bytes = 131,072 a token.
    assert answer.calculation.value_bytes == tokens * 131_072
    assert any(f"{tokens:,}" in caveat for caveat in answer.caveats)


def test_memory_left_for_a_cache_is_no_card() -> None:
    (problem,) = understand("还剩 10G 显存,llama-3-8b 的 kv cache 能放多长上下文").problems
    assert problem.code == "left_for_cache"
    assert understand("只剩 30G 显存, 7B fp16 推理行吗").problems == ()


@pytest.mark.parametrize(
    ("text", "percent"),
    [("is 0.35 MFU ok?", 35), ("0.5 MFU ok on H100?", 50), ("MFU 0.42 算好吗", 42)],
)
def test_a_share_without_its_sign_is_judged(text: str, percent: float) -> None:
    assert understand(text).judged == percent


def test_a_lone_number_whose_verdict_is_asked_counts_the_cards() -> None:
    from bot.understanding.understand import to_context

    before = to_context(understand("13b fp16 on 2 3090s?"))
    for text in ("one is enough?", "一张够不够"):
        assert understand(text, before).inputs["gpu_count"] == 1


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # 1,024 + 1,024 + 2,048 + 4,096 = 8,192
        ("4 个请求长度分别是 1k、1k、2k、4k, llama-3-8b KV", 8192),
        ("llama-3-8b KV cache for 4 requests with lengths 1k, 1k, 2k and 4k", 8192),
        # 1,024 + 2,048 + 4,096 = 7,168
        ("llama-3-8b KV cache for requests of 1k, 2k and 4k served together", 7168),
    ],
)
def test_a_length_for_each_sequence_is_summed(text: str, tokens: int) -> None:
    read = understand(text)
    assert (read.calculator, read.inputs["seq"], read.inputs["batch"]) == ("kv_cache", tokens, 1)
    assert not read.problems
    assert not read.compared


@pytest.mark.parametrize(
    "text",
    [
        "KV cache of llama-3-8b at 2k, 4k and 8k tokens",
        "llama-3-8b KV cache, batch 4, at 1k, 2k, 4k and 8k",
        "llama-3-8b 在 2k、4k、8k token 时的 KV cache",
    ],
)
def test_lengths_of_one_batch_are_compared(text: str) -> None:
    read = understand(text)
    assert read.calculator == "kv_cache"
    assert len(read.compared) >= 2
    assert not read.problems
