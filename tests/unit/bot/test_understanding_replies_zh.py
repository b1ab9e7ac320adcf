"""Follow-ups that lean on the figure before: rates, tokens, conversions, switches, machines."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand
from bot.understanding.understand import to_context

_RUN = "预训练 7B，1T token，128 张 A100，每卡 3000 token/s 要多久"


@pytest.mark.parametrize(
    ("first", "then", "calculator", "inputs"),
    [
        (_RUN, "2T 呢", "training_time", {"total_tokens": 2e12, "params": 7e9}),
        (
            "8 卡 A100 训 7B 每卡 3000 token/s MFU 多少",
            "13B 每卡 1600 呢",
            "utilization_throughput",
            {"params": 13e9, "tokens_per_s_gpu": 1600},
        ),
        ("100Gb 是多少 GB", "400Gb 呢", "convert", {"quantity": 400, "from_unit": "Gb"}),
        ("40GiB 是多少 GB", "那 80 呢", "convert", {"quantity": 80, "to_unit": "GB"}),
        (
            "Llama-3-8B 激活 seq 4096 batch 2 开全重计算",
            "不开呢",
            "activation",
            {"checkpointing": "none"},
        ),
        ("一台 8 卡 H100 训 70B 行吗", "两台机器呢", "fit", {"gpu_count": 16, "nodes": 2}),
        (
            "4 张 A100 跑 70B int8 够不够",
            "我说错了，是训练不是推理",
            "fit",
            {"mode": "train", "gpu_count": 4},
        ),
        (
            "2 台 8 卡 A100 zero3 训 13B 每步通信多少，200G 网",
            "网络换成 400G",
            "communication",
            {"network_bytes_per_s": 50e9},
        ),
        ("8 张 A100 全参训 30B 行吗", "不用 zero3，用 zero2 呢", "fit", {"zero_stage": 2}),
        (
            "Qwen2.5-7B 单卡 4090，8k，最多几个并发",
            "权重用 int8，KV 也 int8",
            "max_batch",
            {"dtype": "int8", "kv_dtype": "int8"},
        ),
        ("13B 的 adam 状态多大", "换 8bit 的", "optimizer_memory", {"optimizer": "adamw_8bit"}),
        ("13B zero3 8 卡每卡多少", "一共呢", "training", {"per_gpu": False}),
        ("H100 显存带宽多少", "算力呢", "gpu_info", {"attribute": "flops"}),
        ("4090 和 A100 的 fp16 算力差多少", "带宽呢", "compare_gpu", {"attribute": "bandwidth"}),
        (
            "单张 A100 微调 13B LoRA，seq 1024，最大 batch",
            "把 seq 提到 4096",
            "max_batch",
            {"seq": 4096},
        ),
        ("7B 训 1T token，64 张 H100，MFU 40%，多久", "三周内呢", "min_gpus", {"params": 7e9}),
        (
            "how long for 7B on 1T tokens, 128 A100, 3000 tokens/s/gpu",
            "and 2T?",
            "training_time",
            {"total_tokens": 2e12},
        ),
    ],
)
def test_a_follow_up_changes_what_it_means(
    first: str, then: str, calculator: str, inputs: dict[str, Any]
) -> None:
    found = understand(then, to_context(understand(first)))
    assert found.problems == ()
    assert found.calculator == calculator
    assert {name: found.inputs.get(name) for name in inputs} == inputs


def test_a_number_that_a_follow_up_leaves_open_is_asked_back() -> None:
    first = understand("8 张 A100 训 7B，batch 4，够吗")
    found = understand("13B 用 16 呢", to_context(first))
    assert found.problems or found.inputs["gpu_count"] == 16


def test_two_values_that_are_both_asked_about_are_both_calculated() -> None:
    found = understand("fp8 和 int4 呢", to_context(understand("70B bf16 权重多大")))
    assert found.problems == ()
    assert len(found.compared) == 1
