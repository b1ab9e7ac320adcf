"""Every calculation about a model carries its parameter counts, used in the sum or not."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import calculate_json

# Llama 7B: 32,000 · 4,096 · 2 for embedding and head, 32 layers of 4 · 4,096² +
# 3 · 4,096 · 11,008 + 2 · 4,096, and a last norm of 4,096: 6,738,415,616 (arXiv 2302.13971).
LLAMA_7B = 2 * 32_000 * 4_096 + 32 * (4 * 4_096**2 + 3 * 4_096 * 11_008 + 2 * 4_096) + 4_096


@pytest.mark.parametrize(
    "fields",
    [
        {"calculator": "training_time", "tokens_per_s_gpu": 3000, "total_tokens": 1e12},
        {"calculator": "utilization_flops", "tflops_gpu": 120, "gpu": "A100"},
        {"calculator": "utilization_throughput", "tokens_per_s_gpu": 3000},
        {"calculator": "throughput", "tokens_per_s_gpu": 3000},
        {"calculator": "cuda_overhead"},
        {"calculator": "training", "precision": "int8"},
        {"calculator": "inference"},
    ],
)
def test_a_named_model_is_counted(fields: dict[str, Any]) -> None:
    answer = calculate_json({**fields, "model": "llama-7b"})
    assert answer["parameters"] == {"total": LLAMA_7B, "active": LLAMA_7B, "trainable": LLAMA_7B}


@pytest.mark.parametrize("fields", [{"params": 7e9}, {}])
def test_without_an_architecture_nothing_is_counted(fields: dict[str, Any]) -> None:
    rate = {"calculator": "utilization_flops", "tflops_gpu": 120, "gpu": "A100"}
    assert "parameters" not in calculate_json({**rate, **fields})


def test_a_card_has_no_parameters() -> None:
    assert "parameters" not in calculate_json({"calculator": "gpu_info", "gpu": "A100"})
