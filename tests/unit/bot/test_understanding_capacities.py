"""Sizes of memory that may be no GPU's are asked back; formats of weights and cache kept apart."""

from __future__ import annotations

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("7b on 24Gb", "7b 24 GB"),
        ("can I train 7b with 24Gb?", "7b 24 GB"),
        ("13b 48Gb 显卡能跑吗", "13b 48 GB"),
    ],
)
def test_gigabits_are_no_size_of_a_card(text: str, offered: str) -> None:
    (problem,) = understand(text).problems
    assert (problem.code, problem.choices) == ("gigabits", (offered,))


def test_gigabits_are_converted() -> None:
    found = understand("24Gb to GB")
    assert (found.calculator, found.problems) == ("convert", ())


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("16 GB RAM 能跑 7B 吗", "7B on a 16 GB GPU"),
        ("16G 内存的电脑能跑 7B 吗", "7B on a 16 GB GPU"),
        ("7b on 24 GB RAM", "7b on a 24 GB GPU"),
        ("32GB RAM enough for 13b int4?", "13b on a 32 GB GPU"),
    ],
)
def test_main_memory_to_run_in_is_asked_back(text: str, offered: str) -> None:
    found = understand(text)
    assert (found.calculator, found.ignored) == ("fit", ())
    assert [(p.code, p.choices) for p in found.problems] == [("main_memory", (offered,))]


def test_main_memory_beside_a_cards_is_not_the_cards() -> None:
    found = understand("我的机器 128G 内存, 24G 显存, 能跑 70b 吗")
    assert (found.request["gpu_memory_bytes"], found.problems) == (24e9, ())


@pytest.mark.parametrize(
    ("text", "weights", "cache"),
    [
        ("w4a16 kv8 llama-3.1-70b", "int4", "int8"),
        ("llama-3-8b w8a8 kv4 32k 4090", "int8", "int4"),
        ("llama-3-8b int4 weights kv8 4090 能不能跑", "int4", "int8"),
        ("qwen2.5-7b int8 kv 4bit weights 4090 max context", "int4", "int8"),
        ("llama-3-8b kv int8 weights int4 4090", "int4", "int8"),
        ("llama-3-8b int4 weights int8 kv 4090", "int4", "int8"),
    ],
)
def test_weights_and_cache_have_a_format_each(text: str, weights: str, cache: str) -> None:
    found = understand(text)
    assert (found.request["weight_dtype"], found.request["kv_dtype"]) == (weights, cache)
    assert (found.problems, found.request.get("gpu_count")) == ((), None)


def test_users_are_served_at_once() -> None:
    found = understand("8 用户 32k 上下文 deepseek-v3 要多少 KV cache")
    assert (found.calculator, found.request["micro_batch"]) == ("kv_cache", 8)
