"""Cards, how many, and over how many machines."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand
from calculators.registry import choose_gpu


def inputs(text: str) -> dict[str, Any]:
    return understand(text).inputs


def card_of(text: str) -> str:
    """The registry's card that the request means."""
    request = understand(text).request
    return choose_gpu(request["gpu"], request.get("gpu_memory_bytes")).gpu.id


@pytest.mark.parametrize(
    ("spelling", "card", "count"),
    [
        ("4×V100", "v100", 4),
        ("4xV100", "v100", 4),
        ("4 x V100", "v100", 4),
        ("4*V100", "v100", 4),
        ("V100 x4", "v100", 4),
        ("V100*4", "v100", 4),
        ("V100 32G ×4", "v100-32gb", 4),
        ("四张V100", "v100", 4),
        ("4张V100", "v100", 4),
        ("4 V100s", "v100", 4),
        ("four V100s", "v100", 4),
        ("V100四张", "v100", 4),
        ("4卡V100", "v100", 4),
        ("V100 4卡", "v100", 4),
        ("4 块 32G 的 V100", "v100-32gb", 4),
        ("4хV100", "v100", 4),
        ("4✕V100", "v100", 4),
        ("a pair of 3090s", "rtx-3090", 2),
        ("双卡3090", "rtx-3090", 2),
        ("dual 4090", "rtx-4090", 2),
        ("俩4090", "rtx-4090", 2),
        ("单卡4090", "rtx-4090", 1),
        ("a single 4090", "rtx-4090", 1),
        ("一张4090", "rtx-4090", 1),
        ("one 4090", "rtx-4090", 1),
        ("3090ti x2", "rtx-3090-ti", 2),
        ("RTX 4090 × 2", "rtx-4090", 2),
        ("8xH100", "h100", 8),
        ("8-GPU H100", "h100", 8),
        ("16 张 A100 40G", "a100-40gb", 16),
        ("A100-40G*16", "a100-40gb", 16),
        ("昇腾910B 8卡", "ascend-910b", 8),
        ("４×Ｖ１００", "v100", 4),
        ("4XV100-32G", "v100-32gb", 4),
    ],
)
def test_counts_of_cards(spelling: str, card: str, count: int) -> None:
    assert card_of(f"{spelling} 能训 7B 吗").startswith(card)
    assert inputs(f"{spelling} 能训 7B 吗")["gpu_count"] == count


@pytest.mark.parametrize(
    ("spelling", "total"),
    [
        ("2 nodes of 8 A100 80g", 16),
        ("2 nodes × 8 A100 80g", 16),
        ("two nodes of eight A100s", 16),
        ("两台8卡A100", 16),
        ("2台机器，每台8张A100", 16),
        ("2x8 A100", 16),
        ("2×8×A100", 16),
        ("16 A100 across 2 nodes", 16),
        ("2机16卡A100", 16),
        ("单机8卡A100", 8),
        ("16 张 A100 分两台机器", 16),
        ("eight A100s per node, two nodes", 16),
        ("4 nodes with 4 A100 each", 16),
        ("四台四卡A100", 16),
    ],
)
def test_machines_multiply_or_divide(spelling: str, total: int) -> None:
    assert inputs(f"{spelling} 能训 13B 吗")["gpu_count"] == total


@pytest.mark.parametrize(
    ("spelling", "card"),
    [
        ("A100", "a100-80gb"),
        ("A100 40G", "a100-40gb"),
        ("40G 的 A100", "a100-40gb"),
        ("A100-40GB", "a100-40gb"),
        ("80g A100", "a100-80gb"),
        ("V100 16GB", "v100-16gb"),
        ("V100", "v100-32gb"),
        ("A100 PCIe 80G", "a100-80gb-pcie"),
        ("H100 80g", "h100-80gb"),
        ("H100 NVL", "h100-94gb"),
        ("tesla V100-16G", "v100-16gb"),
    ],
)
def test_memory_and_form_choose_the_variant(spelling: str, card: str) -> None:
    assert card_of(f"{spelling} 能跑 7B 吗").startswith(card)


def test_a_card_is_kept_as_it_was_named() -> None:
    """The variant of a bare name is for the calculators to assume, and to say so."""
    assert inputs("A100 能跑 7B 吗")["gpu"] == "A100"
    named = inputs("A100 40G 能跑 7B 吗")
    assert (named["gpu"], named["gpu_memory_bytes"]) == ("A100", 40e9)


def test_mixture_of_experts_is_no_number_of_cards() -> None:
    found = inputs("Mixtral 8x7B 推理要多少显存")
    assert found["model"].startswith("mixtral-8x7b")
    assert "gpu_count" not in found
    assert inputs("8x7b int4 inference memory")["model"].startswith("mixtral-8x7b")


@pytest.mark.parametrize(
    ("spelling", "model"),
    [
        ("llama 65B", "llama-65b"),
        ("65b llama", "llama-65b"),
        ("llama-2-13b", "llama-2-13b"),
        ("LLaMA2 13B", "llama-2-13b"),
        ("llama3 70b", "llama-3-70b"),
        ("qwen2.5 7b instruct", "qwen2.5-7b"),
        ("Qwen2.5-7B-Instruct", "qwen2.5-7b"),
        ("vicuna 65b", "llama-65b"),
        ("deepseek v3", "deepseek-v3"),
        ("LLaMA-6B", "llama-6b"),
        ("mistral 7b", "mistral-7b"),
    ],
)
def test_names_of_models(spelling: str, model: str) -> None:
    assert inputs(f"{spelling} 推理要多少显存")["model"].startswith(model)


def test_size_of_a_named_model_is_kept_as_said() -> None:
    assert inputs("vicuna 65b 训练要多少显存")["params"] == 65e9


def test_family_without_size_is_asked_back() -> None:
    found = understand("llama 推理要多少显存")
    assert found.problems[0].code == "ambiguous"
    assert "llama-65b" in found.problems[0].choices


def test_single_card_or_per_card() -> None:
    assert inputs("单卡A100能跑13B吗")["gpu_count"] == 1
    assert understand("16卡A100 zero3训30B单卡占多少显存").request["per_gpu"] is True


@pytest.mark.parametrize("text", ["flash attention v100", "v100 flash attention?", "T4 flash attn"])
def test_flash_attention_beside_a_card_asks_whether_it_runs(text: str) -> None:
    read = understand(text)
    assert read.calculator == "gpu_info"
    assert read.inputs["attribute"] == "flash_attention"


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("does T4 support flash attention 2?", "flash_attention_2"),
        ("T4 能用 flash attention v2 吗", "flash_attention_2"),
        ("h100 fa3?", "flash_attention_3"),
        ("2080 Ti 支持 flash attention 吗", "flash_attention"),
    ],
)
def test_a_version_of_flash_attention_is_asked_by_itself(text: str, attribute: str) -> None:
    assert understand(text).inputs["attribute"] == attribute
