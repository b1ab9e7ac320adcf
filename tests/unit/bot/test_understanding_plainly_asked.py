"""Plain questions amid chatter, what lies between two values, and numbers that count people."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "calculator", "params"),
    [
        ("先谢过了。就想知道 6B 的 int8 权重文件", "file_size", 6e9),
        ("别解释了，只给结果：14B 的 bf16 梯度", "gradient_memory", 14e9),
        ("one line answer is fine: 4B int4 file", "file_size", 4e9),
        ("optimizer part of a 3B AdamW run, nothing else please", "optimizer_memory", 3e9),
    ],
)
def test_a_size_and_a_part_alone_are_a_calculation(
    text: str, calculator: str, params: float
) -> None:
    found = understand(text)
    assert (found.calculator, found.inputs["params"]) == (calculator, params)
    assert found.problems == ()


@pytest.mark.parametrize(
    "text",
    ["我们保存 7B 的 checkpoint 文件老是报错", "our 7B file got corrupted on download"],
)
def test_what_is_told_of_a_file_asks_for_nothing(text: str) -> None:
    assert understand(text).calculator is None


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("a billion and a half parameters in bf16, how many GB on disk?", 1.5e9),
        ("a billion parameters in bf16, how many GB on disk?", 1e9),
        ("半个 B 的参数 fp32 存盘多大", 0.5e9),
        ("两个半 B 的参数 fp32 存盘多大", 2.5e9),
    ],
)
def test_halves_of_a_billion_are_sizes(text: str, params: float) -> None:
    assert understand(text).inputs["params"] == params


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("如果把 seq 从 4096 降到 2048,13B 训练能省多少", "seq", {4096, 2048}),
        ("how much more for 32k than 8k ctx on llama-3-8b", "seq", {32768, 8192}),
        ("llama-3-8b 32k 比 8k 多占多少显存", "seq", {32768, 8192}),
        ("how much more does 13B need than 7B?", "params", {13e9, 7e9}),
        ("fp16 的 7B 比 int4 的大多少", "weight_dtype", {"fp16", "int4"}),
    ],
)
def test_how_much_more_leads_with_the_difference(text: str, field: str, values: set[Any]) -> None:
    found = understand(text)
    assert found.difference
    assert found.problems == ()
    assert {found.request[field], *(other.request[field] for other in found.compared)} == values


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        ("每人一张 4090,5 个人,能一起训 30B lora 吗", 5),
        ("每人两张 3090，4 个人，全参 7B 行吗", 8),
        ("there are 4 of us with a 4090 each, can we train 13B lora", 4),
    ],
)
def test_the_cards_of_each_are_times_the_people(text: str, cards: int) -> None:
    assert understand(text).inputs["gpu_count"] == cards


def test_people_who_ask_a_card_are_no_cards() -> None:
    assert understand("4090 上 20 个人同时用 7B int4 够吗").inputs.get("gpu_count", 1) == 1


def test_each_one_of_the_cards_asks_for_one_cards_share() -> None:
    found = understand("how much does every one of the 16 cards carry for a full 20B train, zero3?")
    assert (found.inputs["gpu_count"], found.inputs["per_gpu"]) == (16, True)
    assert found.problems == ()


def test_a_price_by_the_hour_counts_no_cards() -> None:
    found = understand("A100 一小时 10 块,训完 1B 模型 20B token 要多久")
    assert found.inputs.get("gpu_count", 1) == 1


@pytest.mark.parametrize(
    "text",
    [
        "disk space for 20 checkpoints of a 7B in bf16",
        "保存 5 个 13B 的 fp16 checkpoint 要多少硬盘",
    ],
)
def test_several_checkpoints_are_not_answered_as_one(text: str) -> None:
    found = understand(text)
    assert [problem.code for problem in found.problems] == ["unclaimed"]
    assert found.confidence > 0.5


@pytest.mark.parametrize(
    "text", ["7B or 13B on a 24GB card for LoRA?", "between 7b and 13b which fits 16G in fp16"]
)
def test_which_of_two_sizes_a_card_holds_is_answered_for_both(text: str) -> None:
    found = understand(text)
    assert (found.calculator, found.problems) == ("fit", ())
    assert [other.request["params"] for other in found.compared] == [13e9]


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("rank of lora that fits 24GB for llama-3-8b", "max_rank"),
        ("Mixtral 每个 token 激活多少参数", "parameters"),
        ("how many activated params in gpt-oss-120b", "parameters"),
        ("V100 跑出 62.5 TFLOPS，占峰值的百分之多少", "utilization_flops"),
        ("8 GPUs together finish 24 samples a second, 2048 tokens per sample. tokens/s per GPU?",
         "throughput"),
    ],
)  # fmt: skip
def test_what_is_asked_decides_over_a_word_beside_it(text: str, calculator: str) -> None:
    assert understand(text).calculator == calculator
