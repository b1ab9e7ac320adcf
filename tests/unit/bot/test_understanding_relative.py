"""Amounts said as a change of another one, in one message and in a conversation."""

from __future__ import annotations

import pytest

from bot.understanding import understand
from bot.understanding.understand import to_context


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("8 张 A100 少两张，还能全参训 13B 吗", "gpu_count", 6),
        ("8 卡 A100，其中 2 张被占了，剩下的能推 175B int8 吗", "gpu_count", 6),
        ("4 张 A100 再加两张，够全参训 13B 吗", "gpu_count", 6),
        ("原来 batch 32，现在减半，Llama-3-8B 4k 的 KV cache 多大", "batch", 16),
        ("长度从 4k 翻倍，batch 8，Llama-3-8B 的 KV cache 多大", "seq", 8192),
        ("比 7B 大一倍的模型 fp16 文件多大", "params", 14e9),
        ("8 A100, 2 are broken: can I still train 13B?", "gpu_count", 6),
    ],
)
def test_a_change_is_applied_to_what_it_changes(text: str, name: str, value: int) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.inputs[name] == value


@pytest.mark.parametrize(
    ("first", "then", "name", "value"),
    [
        ("4 张 A100 全参训 13B 够吗", "再加两张", "gpu_count", 6),
        ("4 张 A100 全参训 13B 够吗", "再加两张 A100 呢", "gpu_count", 6),
        ("4 张 A100 全参训 13B 够吗", "少一张呢", "gpu_count", 3),
        ("两台 8 卡 A100 全参训 30B 够吗", "再加一台呢", "gpu_count", 24),
        ("4 A100 to train 13B, enough?", "two more cards?", "gpu_count", 6),
        ("预训练 7B，1T token，128 张 A100，每卡 3000 token/s 多久", "卡翻倍呢", "gpu_count", 256),
        ("预训练 7B，1T token，128 张 A100，每卡 3000 token/s 多久", "少一半卡呢", "gpu_count", 64),
        ("单卡 A100 跑 Llama-3-8B 8k 最大并发多少", "长度减半呢", "seq", 4096),
    ],
)
def test_a_change_in_a_conversation_counts_from_before(
    first: str, then: str, name: str, value: int
) -> None:
    found = understand(then, to_context(understand(first)))
    assert found.follow_up
    assert found.inputs[name] == value


@pytest.mark.parametrize(
    "text",
    [
        "最多 2 张 A100，13B int8 能推吗",
        "至少 2 张 A100，13B int8 能推吗",
        "再来 2 张 A100 能推 13B 吗",
    ],
)
def test_a_number_with_nothing_to_change_stands_for_itself(text: str) -> None:
    assert understand(text).inputs["gpu_count"] == 2


def test_cards_of_another_kind_are_added_as_a_set_of_their_own() -> None:
    found = understand("4 张 3090 再加两张 A100 能跑 70B int4 吗")
    assert found.inputs.get("gpu_count") != 6 or found.problems


def test_a_factor_of_nothing_that_is_said_is_asked_back() -> None:
    (problem,) = understand("7B 推理，显存翻倍的话要多少 GB").problems
    assert (problem.code, problem.text) == ("ambiguous", "翻倍")


CACHE = "Llama-3-8B 8k batch 8 的 KV cache 多大"
FITS = "does 70b fp16 fit on 4 A100 80G?"


@pytest.mark.parametrize(
    ("first", "then", "name", "value"),
    [
        (CACHE, "batch 再加 4", "batch", 12),
        (CACHE, "batch 少 2 个", "batch", 6),
        ("kv cache for llama-3-8b, 8k, batch 8", "4 fewer in the batch", "batch", 4),
        ("kv cache for llama-3-8b, 8k, batch 8", "at half the context?", "seq", 4096),
        ("kv cache for llama-3-8b, 8k", "halve it", "seq", 4096),
        ("kv cache for llama-3-8b, 8k", "quadruple it", "seq", 32768),
        (FITS, "add 2 cards", "gpu_count", 6),
        (FITS, "take one card away", "gpu_count", 3),
        (FITS, "minus two", "gpu_count", 2),
        ("lora on llama-2-7b rank 16, memory?", "double the rank", "lora_rank", 32),
        ("30B 全参微调要几张 A100 80G", "少一半参数呢", "params", 15e9),
        ("64 张 A100 40% mfu 训 7B 1T token 要多久", "卡数减半", "gpu_count", 32),
    ],
)
def test_a_change_keeps_what_was_asked(first: str, then: str, name: str, value: float) -> None:
    asked = understand(first)
    found = understand(then, to_context(asked))
    assert found.follow_up
    assert found.problems == ()
    assert found.calculator == asked.calculator
    assert found.inputs[name] == value
    assert set(found.changed) == {name}


@pytest.mark.parametrize(
    ("first", "then", "choices"),
    [
        (CACHE, "翻倍", ("batch 16", "seq 16384")),
        ("kv cache for llama-3-8b, 8k, batch 8", "halve it", ("batch 4", "seq 4096")),
        ("14B fp16 推理要多少显存", "砍一半", ("7B", "int8")),
        ("13B 推理 4 张 L4 够吗", "减半呢", ("2 GPUs", "6.5B")),
    ],
)
def test_a_change_of_no_one_thing_is_asked_back(
    first: str, then: str, choices: tuple[str, ...]
) -> None:
    before = to_context(understand(first))
    found = understand(then, before)
    assert [problem.code for problem in found.problems] == ["ambiguous"]
    assert found.problems[0].choices == choices
    for choice in choices:
        assert understand(choice, before).follow_up


def test_one_token_of_a_cache_is_a_cache_of_one_token() -> None:
    before = to_context(understand("kv cache llama-3-8b 8k batch 4"))
    found = understand("per token?", before)
    assert (found.calculator, found.request["seq"]) == ("kv_cache", 1)
    assert "batch" not in found.inputs


def test_going_down_to_a_stage_denies_none() -> None:
    before = to_context(understand("13b full finetune on 8 A100 zero3"))
    assert understand("drop to zero2", before).inputs["zero_stage"] == 2
