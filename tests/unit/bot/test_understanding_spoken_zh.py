"""Ways of saying values in Chinese: tenths, megas, suggestions, lengths of each, what is left."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "calculator", "inputs"),
    [
        (
            "8张a100一天能喂多少token,7b,mfu四成",
            "training_time",
            {"utilization_percent": 40, "params": 7e9},
        ),
        ("A100 MFU 四成五 训 3B 每秒每卡多少 token", "throughput", {"utilization_percent": 45}),
        ("llama3 70b 八卡 h100 解码一秒吐多少字", "latency", {"gpu_count": 8}),
        ("三百五十兆参数的模型 fp16 文件多大", "file_size", {"params": 350e6}),
        ("要不用 qlora 训 33B，单张 4090 够吗", "fit", {"method": "qlora"}),
        ("不用 qlora，训 33B，单张 4090 够吗", "fit", {"method": "full"}),
        ("别开 ckpt，13B seq 2048 bs 1 的激活显存", "activation", {"checkpointing": "none"}),
        ("开 ckpt，13B seq 2048 bs 1 的激活显存", "activation", {"checkpointing": "full"}),
        (
            "每秒 2.5 步，每步 64 条，每条 512，8 张 V100 训 1.3B，利用率",
            "utilization_throughput",
            {"seq": 512, "batch": 64, "step_s": 0.4},
        ),
        ("显存 80G 但只剩 60G 空闲，跑 30B fp16 行吗", "fit", {"gpu_memory_bytes": 60e9}),
        ("A100 80G 只剩 30G 可用，7B fp16 推理行吗", "fit", {"gpu_memory_bytes": 30e9}),
        (
            "两台机器，一台 8 张 A100 一台 4 张，合起来训 13B 够吗",
            "fit",
            {"gpu_count": 12, "nodes": 2},
        ),
        (
            "128 卡 H800，每卡 9 千 token 每秒，7b 训 2 万亿多久",
            "training_time",
            {"total_tokens": 2e12},
        ),
        ("bf16 混合精度训 13B，梯度是 fp32，梯度占多大", "gradient_memory", {"grad_dtype": "fp32"}),
        ("最少要几台 8 卡 A100 才能全参训 65B", "min_gpus", {"params": 65e9}),
        ("單卡 3090 微調 7B 用 LoRA 掂唔掂", "fit", {"method": "lora", "gpu": "RTX 3090"}),
        ("70B 按 20n 算训练要多少显存", "training", {"headroom": True}),
        ("80GB card with 30GB free: 7B fp16 inference ok?", "fit", {"gpu_memory_bytes": 30e9}),
    ],
)
def test_what_is_said_is_taken(text: str, calculator: str, inputs: dict[str, Any]) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.calculator == calculator
    assert {name: found.inputs.get(name) for name in inputs} == inputs


def test_the_bits_of_several_formats_are_all_given() -> None:
    found = understand("fp16 bf16 tf32 各多少位")
    assert found.calculator == "dtype_bits"
    assert len(found.compared) == 2
