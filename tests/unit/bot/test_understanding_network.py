"""The network between machines and hybrid sharding, as people name them.

A port's rate is in bits a second: 400 Gb/s are 50e9 bytes a second. InfiniBand HDR is 200 Gb/s a
port (four lanes of 50), NDR 400 (InfiniBand Trade Association roadmap).
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand

RUN = "communication of 13B zero3 on 2 nodes of 8 A100, "


@pytest.mark.parametrize(
    ("said", "bytes_per_s"),
    [
        ("400 Gb/s IB", 50e9),
        ("400Gbps network", 50e9),
        ("8×400G NICs per node", 400e9),
        ("8x 200G HDR per node", 200e9),
        ("HDR 200G", 25e9),
        ("NDR InfiniBand", 50e9),
        ("100G 以太网", 12.5e9),
        ("节点间 4 张 200G 网卡", 100e9),
        ("25GbE between nodes", 3.125e9),
        ("dual 25GbE", 6.25e9),
        ("万兆网", 1.25e9),
        ("50 GB/s between nodes", 50e9),
        ("8 NICs of 400G each node", 400e9),
        ("2 IB ports of 200 Gb/s", 50e9),
        ("HDR 网络 4 个口", 100e9),
        ("25G 网络", 3.125e9),
        ("3.2Tbps per node", 400e9),
    ],
)
def test_a_port_s_rate_is_read_per_node(said: str, bytes_per_s: float) -> None:
    found = understand(RUN + said)
    assert found.problems == ()
    assert found.calculator == "communication"
    assert found.request["network_bytes_per_s"] == bytes_per_s
    assert (found.request["nodes"], found.request["gpu_count"]) == (2, 16)
    assert found.ignored == ()


@pytest.mark.parametrize("said", ["100gb/s network", "one 400G NIC per GPU"])
def test_an_unclear_rate_is_asked_back(said: str) -> None:
    fields = [problem.field for problem in understand(RUN + said).problems]
    assert fields == ["network_bytes_per_s"]


@pytest.mark.parametrize(
    ("text", "nodes", "gpu_count"),
    [
        ("13B zero2 two 8-card 3090 servers with 10GbE, sync time per step", 2, 16),
        ("2 A100 nodes with 8 cards each, 70B training fits?", 2, 16),
        ("13B zero3 训练 16 张 A100 每台 8 卡 200Gb IB 每步通信时间", 2, 16),
        ("fsdp 2 nodes of 8 H100 13B memory per card", 2, 16),
        # A DGX or HGX H100 holds eight cards (NVIDIA data sheets).
        ("2 DGX H100 boxes can train 70B?", 2, 16),
        ("7B fsdp 2x8 A100, 4x HDR per node communication", 2, 16),
        ("2 机 16 卡 H800，每台 4 张 200G 网卡，13B ZeRO-2 梯度同步要多久", 2, 16),
    ],
)
def test_machines_and_the_cards_in_them(text: str, nodes: int, gpu_count: int) -> None:
    found = understand(text)
    assert found.problems == ()
    assert (found.inputs["nodes"], found.inputs["gpu_count"]) == (nodes, gpu_count)


def test_cards_in_all_or_in_each_machine_are_asked_back() -> None:
    (problem,) = understand("7B zero3 2 nodes 16 A100 InfiniBand communication").problems
    assert problem.choices == ("16 GPUs", "32 GPUs")


def test_a_card_s_memory_is_no_network() -> None:
    found = understand("7B inference on A100 80G, NVLink 600GB/s")
    assert "network_bytes_per_s" not in found.inputs
    assert found.inputs["gpu_memory_bytes"] == 80e9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13B 训练 HSDP 16 卡 每卡显存", {"sharding": "hybrid", "gpu_count": 16}),
        (
            "13B fsdp hybrid shard on 32 H100, groups of 8, memory per gpu",
            {"sharding": "hybrid", "gpu_count": 32, "shard_group": 8},
        ),
        (
            "训 7B，32 张 A100 混合分片，每 8 卡一组，每卡多少显存",
            {"sharding": "hybrid", "gpu_count": 32, "shard_group": 8},
        ),
        (
            "7B on 16 A100, shard within a node of 8, replicate across nodes, memory per GPU",
            {"sharding": "hybrid", "gpu_count": 16, "shard_group": 8},
        ),
    ],
)
def test_hybrid_sharding_and_its_group(text: str, expected: dict[str, Any]) -> None:
    found = understand(text)
    assert found.calculator == "training"
    assert found.problems == ()
    assert {name: found.request.get(name) for name in expected} == expected


def test_preparing_for_kbit_training_is_qlora_in_amp() -> None:
    """PEFT's ``prepare_model_for_kbit_training`` casts what is not quantised to fp32."""
    found = understand("prepare_model_for_kbit_training 7B lora memory")
    assert found.request["method"] == "qlora"
    assert found.request["precision"] == "amp_bf16"
    assert not found.request.get("headroom")
