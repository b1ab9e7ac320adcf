"""Follow-ups about networks, hybrid sharding, file sizes and machines, written before they ran."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand
from bot.understanding.understand import to_context

COMMUNICATION = "13B zero3 on 2 nodes of 8 A100, communication time"

CONVERSATIONS: list[tuple[tuple[str, str], str, dict[str, Any]]] = [
    (
        ("7B 训练要多少显存", "换成 HSDP 16 卡，每卡多少"),
        "training",
        {"sharding": "hybrid", "gpu_count": 16, "params": 7e9},
    ),
    ((COMMUNICATION, "with 400 Gb/s IB"), "communication", {"network_bytes_per_s": 50e9}),
    ((COMMUNICATION, "换成 100G 以太网呢"), "communication", {"network_bytes_per_s": 12.5e9}),
    (
        (f"{COMMUNICATION}, 400Gb/s IB", "and with 8×400G NICs per node?"),
        "communication",
        {"network_bytes_per_s": 400e9, "gpu_count": 16},
    ),
    (
        ("llama-2-7b lora 显存", "用 prepare_model_for_kbit_training 呢"),
        "training",
        {"method": "qlora", "precision": "amp_bf16"},
    ),
    (("phi-4 fp16 size", "and in int8?"), "file_size", {"model": "phi-4", "dtype": "int8"}),
    (("yi-34b int4 显存", "那 fp16 呢"), "inference", {"dtype": "fp16", "model": "yi-34b"}),
    (
        # Two machines of four cards before: three of them have twelve.
        ("can 2 A30 boxes (each 4 cards) host Qwen2.5-72B in int4", "what about 3 boxes?"),
        "fit",
        {"nodes": 3, "gpu_count": 12},
    ),
    (
        ("zero1 训 7B 8 卡 每卡多少", "zero3 呢"),
        "training",
        {"sharding": "zero3", "gpu_count": 8},
    ),
    (
        ("175B on A100-40G: how many for inference fp16?", "int4?"),
        "min_gpus",
        {"dtype": "int4", "params": 175e9},
    ),
    (("四零九零 能跑 7B 吗", "换成三零九零呢"), "fit", {"gpu": "RTX 3090", "params": 7e9}),
    (
        ("training throughput at 50% MFU for 7B on A100", "on H100?"),
        "throughput",
        {"gpu": "H100", "utilization_percent": 50},
    ),
    (("A100 80G 单卡训练能训多大的模型", "8 张呢"), "max_params", {"gpu_count": 8}),
    (
        ("difference between V100 and A100 for bf16", "and fp8?"),
        "compare_gpu",
        {"attribute": "fp8"},
    ),
    (
        ("7B hybrid shard 32 A100, groups of 8, per-gpu memory", "groups of 4?"),
        "training",
        {"shard_group": 4, "gpu_count": 32},
    ),
    (("bert-large training memory", "ok, 7B then"), "training", {"params": 7e9}),
]


@pytest.mark.parametrize(("turns", "calculator", "inputs"), CONVERSATIONS)
def test_a_follow_up_changes_what_it_names(
    turns: tuple[str, str], calculator: str, inputs: dict[str, Any]
) -> None:
    first = understand(turns[0])
    found = understand(turns[1], to_context(first))
    assert found.problems == ()
    assert found.calculator == calculator
    assert {name: found.inputs.get(name) for name in inputs} == inputs


def test_machines_alone_after_a_number_of_cards_are_asked_back() -> None:
    first = understand("13B zero3 on 8 A100 comm time?")
    (problem,) = understand("2 nodes?", to_context(first)).problems
    assert problem.choices == ("2 nodes of 4 GPUs", "2 nodes of 8 GPUs")
